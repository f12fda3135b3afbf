namespace Scenarios.Engine.Definitions;

/// <summary>
/// What deactivating a scenario does to the runs inside: they end, stay where they are, or go on to their end.
/// </summary>
public enum StopMode
{
    End,
    Freeze,
    Finish,
}
