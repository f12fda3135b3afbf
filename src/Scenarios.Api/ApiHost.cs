using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Scenarios.Api.Altcraft;
using Scenarios.Api.Console;
using Scenarios.Api.Endpoints;
using Scenarios.Api.Http;
using Scenarios.Api.Profiles;
using Scenarios.Api.Reference;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api;

/// <summary>
/// The HTTP edge: an Orleans client and reads of PostgreSQL. It needs from its host a <see cref="Database"/>, an
/// <c>IGrainFactory</c> and a <see cref="TimeProvider"/>.
/// </summary>
public static class ApiHost
{
    /// <summary>Who may see metrics, the dashboard and the cluster: <c>RequireAuthorization(ApiHost.Operators)</c>.</summary>
    public const string Operators = Access.Operator;

    public static WebApplicationBuilder AddScenariosApi(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services
            .AddSingleton(s => new TokenStore(Ledger(s)))
            .AddSingleton(s => new TenantStore(Ledger(s)))
            .AddSingleton(s => new DatabaseStore(Ledger(s)))
            .AddSingleton(s => new ProfileStore(Ledger(s)))
            .AddSingleton(s => new ProfileReach(Ledger(s)))
            .AddSingleton<ProfileChanges>()
            .AddSingleton(s => new ReceiptStore(Ledger(s)))
            .AddSingleton(s => new AuditStore(Ledger(s)))
            .AddSingleton(s => new SigningKey(Ledger(s)))
            .AddSingleton<TokenUses>()
            .AddHostedService(s => s.GetRequiredService<TokenUses>())
            .AddSingleton<TokenCache>()
            .AddSingleton<FailedTokens>()
            .AddSingleton<Sessions>()
            .AddSingleton<Admission>()
            .AddSingleton<TenantRates>();
        services.TryAddSingleton(SecretBox.None);
        services.TryAddSingleton(s => new TokenHashes(
            Ledger(s),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<SecretBox>()
        ));
        services.TryAddSingleton(s => new WebhookSecrets(
            Ledger(s),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<SecretBox>()
        ));
        // The core only: the whole of AddAuthentication also makes keys for cookies and puts them into somebody's home.
        services.AddWebEncoders();
        services.AddTransient<TokenAuthentication>();
        services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = TokenAuthentication.SchemeName;
            authentication.AddScheme<TokenAuthentication>(TokenAuthentication.SchemeName, displayName: null);
        });
        services.AddAuthorization(Access.AddPolicies);
        services.AddExceptionHandler<Failures>();
        services.ConfigureHttpJsonOptions(json => Answer.Configure(json.SerializerOptions));
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Our own limit is lower: what passes it a little is read to its end, so that its sender reads a 413 and no
            // broken pipe.
            kestrel.Limits.MaxRequestBodySize = 4 * JsonBody.MaxBytes;
        });
        services.TryAddSingleton(new RequestLimits());
        RequestLimits.Add(services);
        services.AddScenarioEndpoints();
        services.AddReference();
        return builder;
    }

    /// <summary>
    /// What every request passes, in the order in which it may be refused. Also nodes that serve no API have metrics to guard.
    /// </summary>
    /// <param name="console">Also serve the web console, at every address that is none of the API's.</param>
    public static WebApplication UseScenariosPipeline(this WebApplication app, bool console)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.Use(Framing.CheckAsync);
        // The handler of failures answers all of them; this delegate is asked for by the framework and never runs.
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = _ => Task.CompletedTask,
                AllowStatusCode404Response = true,
                SuppressDiagnosticsCallback = _ => true,
            }
        );
        app.Use(Admission.CheckAsync);
        app.UseStatusCodePages(c => ProblemAnswer.WriteForStatusAsync(c.HttpContext));
        if (console)
            app.Use(new ConsoleFiles(Path.Combine(AppContext.BaseDirectory, "console")).ServeAsync);
        app.UseRouting();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(RateOfRequest.CheckAsync);
        app.Use(QueryOfRequest.CheckAsync);
        app.Use(RequestLimits.BeginAsync);
        app.Use(Idempotency.RunAsync);
        return app;
    }

    /// <summary>Every endpoint.</summary>
    public static WebApplication MapScenariosApi(this WebApplication app)
    {
        app.MapReference();
        var api = app.MapGroup("/api/v1");
        RequestLimits.GiveEach(api);
        api.MapDatabases();
        api.MapProfiles();
        api.MapDuplicates();
        api.MapImport();
        api.MapSession();
        api.MapTokens();
        api.MapTenants();
        api.MapAccount();
        api.MapWebhookSecrets();
        api.MapScenarioEndpoints();
        if (app.Configuration["Api:Altcraft"] is not "off")
            app.MapAltcraft();
        return app;
    }

    private static Npgsql.NpgsqlDataSource Ledger(IServiceProvider services) => services.GetRequiredService<Database>().Ledger;
}
