using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scenarios.Api;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>HTTP/2, which a node speaks where TLS negotiates it (row 18 of the catalogue).</summary>
[Collection(ApiCollection.Name)]
public sealed class Http2Tests(ApiFixture api)
{
    private const int Streams = 1_000,
        AtOnce = 100,
        MostWrites = 5_000;

    private static readonly X509Certificate2 Certificate = SelfSigned();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_opened_and_cancelled_streams_hold_up_no_other_caller_and_leave_nothing_behind()
    {
        var inside = 0;
        var begun = Enumerable
            .Range(0, Streams)
            .Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .ToList();
        await using var app = await StartAsync(async http =>
        {
            Interlocked.Increment(ref inside);
            begun[int.Parse(http.Request.Headers["X-Stream"]!)].SetResult();
            var gone = new TaskCompletionSource();
            await using (http.RequestAborted.Register(gone.SetResult))
                await gone.Task;
            Interlocked.Decrement(ref inside);
        });
        using var flood = Caller();
        using var good = Caller();
        var address = new Uri(app.Urls.Single());
        var flooding = Parallel.ForAsync(
            0,
            Streams,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel },
            async (i, _) =>
            {
                using var away = new CancellationTokenSource();
                var sending = flood.SendAsync(
                    new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/hold"))
                    {
                        Content = new StringContent("{}"),
                        Headers = { { "X-Stream", $"{i}" } },
                    },
                    away.Token
                );
                // Cancelled as soon as it is there; the server may have had enough of such streams before it comes in.
                await Task.WhenAny(begun[i].Task, sending);
                await away.CancelAsync();
                await sending.ContinueWith(_ => { }, TaskScheduler.Default);
            }
        );
        // Until the flood is over, and once more after it.
        for (var isOver = false; !isOver; )
        {
            isOver = flooding.IsCompleted;
            using var answer = await good.GetAsync(new Uri(address, "/quick"), Cancel)
                .WaitAsync(TimeSpan.FromSeconds(5), Cancel);
            Assert.Equal((HttpStatusCode.NoContent, HttpVersion.Version20), (answer.StatusCode, answer.Version));
        }
        await flooding;

        Assert.InRange(begun.Count(b => b.Task.IsCompleted), Streams / 2, Streams);
        await Support.Api.UntilAsync(() => Task.FromResult(Volatile.Read(ref inside)), n => n == 0);
        // As many writes fit in as ever: none of those is still counted.
        var answered = new TaskCompletionSource();
        var entered = 0;
        var all = Enumerable
            .Range(0, MostWrites)
            .Select(_ =>
                Admission.CheckAsync(
                    new DefaultHttpContext { RequestServices = app.Services, Request = { Method = "POST" } },
                    _ =>
                    {
                        entered++;
                        return answered.Task;
                    }
                )
            )
            .ToList();
        answered.SetResult();
        await Task.WhenAll(all);
        Assert.Equal(MostWrites, entered);
    }

    private async Task<WebApplication> StartAsync(Func<HttpContext, Task> hold)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(api.Database);
        builder.AddScenariosApi();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, tls => tls.UseHttps(Certificate))
        );
        var app = builder.Build();
        app.UseScenariosPipeline(console: false);
        app.MapPost("/hold", hold).AllowAnonymous();
        app.MapGet("/quick", () => Results.NoContent()).AllowAnonymous();
        await app.StartAsync(Cancel);
        return app;
    }

    private static HttpClient Caller() =>
        new(
            new SocketsHttpHandler
            {
                SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => Certificate.Equals(shown) },
            }
        )
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UtcNow.AddYears(9)
        );
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
