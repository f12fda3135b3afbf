namespace Scenarios.Api.Access;

/// <summary>The operator's own token, known to the process from its start: it opens the first door. Null: there is none.</summary>
public sealed record BootstrapToken(string? Value);
