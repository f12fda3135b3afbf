namespace Scenarios.Engine.Definitions;

/// <summary>How a scenario's gate stands; by these names in SQL, between nodes and in the API.</summary>
public enum ScenarioStatus
{
    /// <summary>Nobody enters and nobody moves. Runs that stand inside are frozen.</summary>
    Inactive,

    Active,

    /// <summary>Nobody enters; those inside go on, and the last one out makes it inactive.</summary>
    Finishing,
}
