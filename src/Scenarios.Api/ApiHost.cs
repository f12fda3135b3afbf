using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Scenarios.Api.Access;

namespace Scenarios.Api;

/// <summary>The HTTP side of the server: what it needs, and where its routes lie. It is an Orleans client and knows no grain class.</summary>
public static class ApiHost
{
    /// <summary>Who may see metrics, the dashboard and the cluster: <c>RequireAuthorization(ApiHost.Operators)</c>.</summary>
    public const string Operators = "operator";

    public static WebApplicationBuilder AddScenariosApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddProblemDetails();
        // The core only: the whole of AddAuthentication also makes keys for cookies and puts them into somebody's home.
        builder.Services.AddWebEncoders();
        builder.Services.AddTransient<BearerTokens>();
        builder.Services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = BearerTokens.Scheme;
            authentication.AddScheme<BearerTokens>(BearerTokens.Scheme, displayName: null);
        });
        builder.Services.AddAuthorizationBuilder().AddPolicy(Operators, policy => policy.RequireRole(Operators));
        return builder;
    }

    public static WebApplication MapScenariosApi(this WebApplication app)
    {
        return app;
    }
}
