using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Scenarios.Api;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>
/// What an answer tells: the status and a code of ours, never where, of what type or by which statement it failed.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class FailureTests(ApiFixture api)
{
    private const string Told = "canary select hash from token where id = 'x' at Scenarios.Api.Http";

    private static readonly (Exception Thrown, int Status, string Code)[] Failures =
    [
        (new InvalidOperationException(Told), 500, "internal"),
        (new ArgumentNullException(Told), 500, "internal"),
        (new NullReferenceException(Told), 500, "internal"),
        (new IndexOutOfRangeException(Told), 500, "internal"),
        (new KeyNotFoundException(Told), 500, "internal"),
        (new FormatException(Told), 500, "internal"),
        (new JsonException(Told), 500, "internal"),
        (new NotSupportedException(Told), 500, "internal"),
        (new InvalidCastException(Told), 500, "internal"),
        (new OverflowException(Told), 500, "internal"),
        (new OutOfMemoryException(Told), 500, "internal"),
        (new InsufficientExecutionStackException(Told), 500, "internal"),
        (new AggregateException(Told, new InvalidOperationException(Told)), 500, "internal"),
        (new TypeInitializationException(Told, null), 500, "internal"),
        (new UnauthorizedAccessException(Told), 500, "internal"),
        (new OrleansException(Told), 500, "internal"),
        (new OperationCanceledException(Told), 500, "internal"),
        (new PostgresException(Told, "ERROR", "ERROR", "23505", detail: Told), 500, "internal"),
        (new PostgresException(Told, "ERROR", "ERROR", "42P01"), 500, "internal"),
        (new PostgresException(Told, "ERROR", "ERROR", "57014"), 503, "unavailable"),
        (new PostgresException(Told, "FATAL", "FATAL", "57P01"), 503, "unavailable"),
        (new PostgresException(Told, "ERROR", "ERROR", "53100"), 503, "unavailable"),
        (new PostgresException(Told, "ERROR", "ERROR", "40001"), 503, "unavailable"),
        (new NpgsqlException(Told, new IOException(Told)), 503, "unavailable"),
        (new TimeoutException(Told), 503, "unavailable"),
        (new SiloUnavailableException(Told), 503, "unavailable"),
        (new IOException(Told), 400, "invalidRequest"),
        (new BadHttpRequestException(Told), 400, "invalidRequest"),
        (new BadHttpRequestException(Told, 413), 413, "tooLarge"),
        (new BadHttpRequestException(Told, 408), 408, "invalidRequest"),
    ];

    [Fact]
    public async Task No_answer_tells_what_went_wrong_inside()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(api.Database);
        builder.AddScenariosApi();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        await using var app = builder.Build();
        app.UseScenariosPipeline(console: false);
        app.MapGet("/throw/{i:int}", IResult (int i) => throw Failures[i].Thrown).AllowAnonymous();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var caller = new ApiCaller(new Uri(app.Urls.First()), null);
        for (var i = 0; i < Failures.Length; i++)
        {
            var answer = await caller.GetAsync($"/throw/{i}");
            Assert.True(
                (answer.Status, answer.Code) == (Failures[i].Status, Failures[i].Code),
                $"{Failures[i].Thrown.GetType().Name} answers {answer.Status} {answer.Text}"
            );
            Assert.DoesNotMatch("(?i)canary|select |exception|npgsql|postgres|orleans|   at |Scenarios\\.|\\.cs", answer.Text);
            if (answer.Status == 503)
                Assert.NotNull(answer.Header("Retry-After"));
            AssertHeaders(answer);
        }
    }

    [Theory]
    [InlineData("GET", "/api/v1/account", 200)]
    [InlineData("GET", "/api/v1/nothing", 404)]
    [InlineData("PATCH", "/api/v1/account", 415)]
    [InlineData("TRACE", "/api/v1/account", 405)]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/openapi/v1.json", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("OPTIONS", "/api/v1/account", 405)]
    public async Task Every_answer_has_the_headers_of_a_careful_server_and_none_that_tells_what_it_is(
        string method,
        string path,
        int status
    )
    {
        var answer = await api.Operator.SendAsync(
            method,
            path,
            method == "PATCH" ? "x"u8.ToArray() : null,
            null,
            [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET")]
        );
        Assert.Equal(status, answer.Status);
        AssertHeaders(answer);
    }

    [Fact]
    public async Task Health_tells_only_a_status()
    {
        foreach (var path in new[] { "/health/live", "/health/ready" })
            Assert.Equal("Healthy", (await api.Caller(null).GetAsync(path)).Text);
    }

    private static void AssertHeaders(ApiAnswer answer)
    {
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("DENY", answer.Header("X-Frame-Options"));
        Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
        Assert.Contains("frame-ancestors 'none'", answer.Header("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe-eval", answer.Header("Content-Security-Policy"));
        foreach (
            var name in new[]
            {
                "Server",
                "X-Powered-By",
                "X-AspNet-Version",
                "Access-Control-Allow-Origin",
                "Set-Cookie",
                "Traceparent",
            }
        )
            Assert.Null(answer.Header(name));
    }
}
