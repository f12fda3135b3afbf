using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// A wait as it was before a save that changed it and kept the exit times of those inside. It holds for runs that were
/// computed by
/// an earlier revision than <paramref name="Until"/>.
/// </summary>
public sealed record KeptWait(int Until, WaitRule Rule);
