namespace Scenarios.Engine.Definitions;

/// <summary>The state of a scenario's gate; by these names in SQL, between nodes and in the API.</summary>
public enum ScenarioStatus
{
    /// <summary>No profile enters and no run moves. Runs inside are frozen.</summary>
    Inactive,

    Active,

    /// <summary>No profile enters; runs inside go on, and the end of the last one makes it inactive.</summary>
    Finishing,
}
