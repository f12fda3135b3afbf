using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Scenarios.Api.Http;
using Scenarios.Api.Reference;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api;

/// <summary>
/// The HTTP edge: an Orleans client and reads of PostgreSQL. It needs from its host an <c>NpgsqlDataSource</c>, an
/// <c>IGrainFactory</c> and a <see cref="TimeProvider"/>.
/// </summary>
public static class ApiHost
{
    public static IServiceCollection AddScenariosApi(this IServiceCollection services)
    {
        services.AddSingleton<TokenStore>().AddSingleton<SigningKey>().AddSingleton<ReceiptStore>();
        services.AddSingleton<TokenCache>();
        services.AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        services.AddAuthorization(Access.AddPolicies);
        services.AddExceptionHandler<Failures>();
        services.ConfigureHttpJsonOptions(json => Answer.Configure(json.SerializerOptions));
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = JsonBody.MaxBytes;
        });
        services.AddReference();
        return services;
    }

    /// <summary>The pipeline, in the order in which a request may be refused, and every endpoint.</summary>
    public static void MapScenariosApi(this WebApplication app)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = c => Task.CompletedTask, AllowStatusCode404Response = true, SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(c => ProblemAnswer.WriteForStatusAsync(c.HttpContext));
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(QueryOfRequest.CheckAsync);
        app.Use(Idempotency.RunAsync);

        app.MapReference();
        var api = app.MapGroup("/api/v1");
    }
}
