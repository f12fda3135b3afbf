namespace Scenarios.Engine.Runs;

/// <summary>
/// The kinds of work outside the system that an element may ask for; <c>webhook</c>, <c>goto</c> in SQL and between nodes.
/// Rows and orders carry the text: a slice hands on also a kind that only a newer node knows, and who performs it looks it up.
/// </summary>
public enum EffectKind
{
    Webhook,
    Goto,
}
