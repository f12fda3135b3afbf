using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Embedded;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>One whole node (silo and API) on a database of its own, and callers for it.</summary>
public sealed class ApiFixture(TestPostgres postgres) : IAsyncLifetime
{
    public const string OperatorToken = "operator-of-the-tests-1";

    private Database? _database;
    private WebApplication? _app;
    private int _tenants;

    public Uri Address { get; private set; } = null!;
    public Database Database => _database!;
    public IServiceProvider Services => _app!.Services;

    /// <summary>An admin of the first tenant, who also operates the cluster.</summary>
    public ApiCaller Operator => Caller(OperatorToken);

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var connection = await postgres.CloneAsync();
        _database = await Database.OpenAsync(
            new DatabaseOptions { ConnectionString = connection },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            cancel
        );
        await new TenantStore(_database.Ledger).BootstrapAsync(OperatorToken, cancel);
        var options = new ServerOptions
        {
            Urls = "http://127.0.0.1:0",
            ConnectionString = connection,
            ClusterId = Guid.NewGuid().ToString("n"),
            SiloPort = LoopbackPort.Find(),
            GatewayPort = LoopbackPort.Find(),
        };
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        _app = Node.Build(builder, options, _database, NodePorts.Claim(options), Serilog.Core.Logger.None);
        await _app.StartAsync(cancel);
        Address = new Uri(_app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    /// <summary>Somebody with this token; null sends none.</summary>
    public ApiCaller Caller(string? token) => new(Address, token);

    /// <summary>The admin of a tenant of its own: tests never see each other's.</summary>
    public async Task<ApiCaller> NewTenantAsync()
    {
        var made = await Operator.PostAsync(
            "/api/v1/tenants",
            $$"""{"name": "tenant {{Interlocked.Increment(ref _tenants)}} {{Guid.NewGuid()}}"}"""
        );
        Assert.Equal(201, made.Status);
        return Caller(made.Json.GetProperty("token").GetString());
    }
}

/// <summary>What came back.</summary>
public sealed record ApiAnswer(int Status, string Text, HttpResponseMessage Response)
{
    public JsonElement Json => JsonElement.Parse(Text);
    public string? Code => Json.GetProperty("code").GetString();

    public string? Header(string name) =>
        Response.Headers.TryGetValues(name, out var values) || Response.Content.Headers.TryGetValues(name, out values)
            ? string.Join(",", values)
            : null;
}

/// <summary>A caller with one token.</summary>
public sealed class ApiCaller(Uri address, string? token)
{
    private static readonly HttpClient Http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }
    );

    public string? Token => token;

    public Task<ApiAnswer> GetAsync(string path) => SendAsync("GET", path);

    public Task<ApiAnswer> DeleteAsync(string path) => SendAsync("DELETE", path);

    public Task<ApiAnswer> PostAsync(string path, string json, string? key = null) => SendAsync("POST", path, json, key: key);

    public Task<ApiAnswer> PutAsync(string path, string json, string? key = null) => SendAsync("PUT", path, json, key: key);

    public Task<ApiAnswer> PatchAsync(string path, string json, string? key = null) => SendAsync("PATCH", path, json, key: key);

    public Task<ApiAnswer> SendAsync(
        string method,
        string path,
        string? body = null,
        string? type = "application/json",
        string? key = null
    ) =>
        SendAsync(
            method,
            path,
            body is null ? null : Encoding.UTF8.GetBytes(body),
            type,
            key is null ? [] : [("Idempotency-Key", key)]
        );

    public async Task<ApiAnswer> SendAsync(
        string method,
        string path,
        byte[]? body,
        string? type,
        (string Name, string Value)[] headers
    )
    {
        // Paths go out as they stand here: dots and escapes are part of what is tested.
        var target = new Uri(
            address.GetLeftPart(UriPartial.Authority) + path,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content!.Headers.TryAddWithoutValidation(name, value);
        var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response
        );
    }
}

[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiFixture>
{
    public const string Name = "api";
}
