using Scenarios.Engine.Time;

namespace Scenarios.Engine.Definitions;

/// <summary>
/// A wait as it was before a save that changed it and left those inside their exit times. It holds for whoever was computed by
/// an earlier revision than <paramref name="Until"/>.
/// </summary>
public sealed record KeptWait(int Until, WaitRule Rule);
