namespace Scenarios.Contracts;

/// <summary>The partition has another owner, or is being handed over: nothing was committed, and asking again is safe.</summary>
[GenerateSerializer, Alias("slice-lost")]
public sealed class SliceLostException() : Exception("The partition has a new owner.");
