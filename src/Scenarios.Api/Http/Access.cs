using Microsoft.AspNetCore.Authorization;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Http;

/// <summary>
/// Who may call an endpoint. Each of ours names its role once, by <see cref="Needs"/>; what names none is refused to
/// everybody without a token by the fallback policy, and fails a test.
/// </summary>
public static class Access
{
    /// <summary>Policy of what belongs to the operator of the cluster: tenants, dashboard, metrics.</summary>
    public const string Operator = "operator";

    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, Role role)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(PolicyOf(role)).WithMetadata(new NeededRole(role));

    /// <summary>Only for tokens of the operator, whatever their role.</summary>
    public static TBuilder NeedsOperator<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(Operator).WithMetadata(new NeededRole(null));

    internal static void AddPolicies(AuthorizationOptions options)
    {
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
        // "operator" names both a role and the one who runs the cluster; the role's policies bear a prefix.
        foreach (var role in Enum.GetValues<Role>())
            options.AddPolicy(PolicyOf(role), policy => policy.RequireAssertion(c => CallerOf(c)?.May(role) == true));
        options.AddPolicy(Operator, policy => policy.RequireAssertion(c => CallerOf(c)?.IsOperator == true));
    }

    private static string PolicyOf(Role role) => "role:" + Name<Role>.Of(role);

    private static Caller? CallerOf(AuthorizationHandlerContext context) =>
        (context.Resource as HttpContext)?.Features.Get<Caller>();
}

/// <summary>The role an endpoint needs, for the reference and the tests; null for the operator of the cluster.</summary>
public sealed record NeededRole(Role? Role);
