using Microsoft.AspNetCore.Http.Features;
using Scenarios.Contracts;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Http;

/// <summary>
/// What a token may do, in rising order (product.md, roles). <see cref="Ingest"/> is apart from the others: it sends
/// captures and events and sees nothing.
/// </summary>
public enum Role
{
    Ingest,
    Viewer,
    Operator,
    Editor,
    Admin,
}

/// <summary>The sender of a request: everything comes from the token, nothing from the request.</summary>
/// <param name="Groups">Access groups; objects with groups are seen by callers who share one.</param>
/// <param name="IsOperator">May create tenants and see the cluster.</param>
/// <param name="Database">The database into which the token's events go, where it names one.</param>
public sealed record Caller(
    int Tenant,
    string TokenId,
    string Name,
    Role Role,
    IReadOnlyList<string> Groups,
    bool IsOperator,
    string? Database
)
{
    /// <summary>As the audit names it.</summary>
    public Actor Actor => new($"{Name} ({TokenId})");

    /// <summary>Captures and events need <see cref="Role.Ingest"/>, which a viewer has not.</summary>
    public bool May(Role needed) => needed == Role.Ingest ? Role is Role.Ingest or >= Role.Operator : Role >= needed;

    /// <summary>An object without groups is seen by the whole tenant; admins see all.</summary>
    public bool Sees(IReadOnlyCollection<string> groups) =>
        Role == Role.Admin || groups.Count == 0 || groups.Any(Groups.Contains);
}

public static class CallerOfRequest
{
    /// <summary>The authenticated caller; every endpoint of ours is behind the fallback policy, so there is one.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    /// <summary>An entry of the audit about what this caller does.</summary>
    internal static Audit Audit(this HttpContext context, string action, string subject, string detail = "{}") =>
        new(context.Caller().Tenant, context.Caller().Actor.Name, action, subject, detail);
}
