using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>A request as the sink got it.</summary>
public sealed record Hit(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Headers,
    string Body,
    IPAddress ReceivedAt
);

/// <summary>
/// A receiver of webhooks with a mode per path, each a way in which receivers misbehave (H1). It listens on every address
/// of the machine, so that a guard which fails is seen as a hit. Hits and hang-ups are signals to await.
/// </summary>
public sealed class WebhookSink : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Hit>> _arrivals = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _hangUps = new();
    private readonly ConcurrentQueue<Hit> _hits = new();
    private readonly X509Certificate2 _selfSigned = SelfSigned();
    private WebApplication? _app;

    public int Port { get; private set; }
    public int TlsPort { get; private set; }
    public int RawPort { get; private set; }

    public IReadOnlyList<Hit> HitsOf(string key) =>
        [.. _hits.Where(h => h.Headers.GetValueOrDefault("Idempotency-Key") == key)];

    /// <summary>The first request with this key.</summary>
    public Task<Hit> ArrivalAsync(string key) => _arrivals.GetOrAdd(key, static _ => Signal<Hit>()).Task;

    /// <summary>The sender hung up on the request with this key: how many bytes it had been sent.</summary>
    public Task<long> HangUpAsync(string key) => _hangUps.GetOrAdd(key, static _ => Signal<long>()).Task;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.ListenAnyIP(0);
            kestrel.ListenAnyIP(0, tls => tls.UseHttps(_selfSigned));
            kestrel.ListenAnyIP(0, raw => raw.Use(_ => AnswerRawAsync));
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        var ports = _app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(a => new Uri(a.Replace("[::]", "localhost", StringComparison.Ordinal)).Port)
            .ToArray();
        (Port, TlsPort, RawPort) = (ports[0], ports[1], ports[2]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _selfSigned.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var body = await new StreamReader(http.Request.Body, Encoding.UTF8).ReadToEndAsync();
        var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var hit = new Hit(
            http.Request.Method,
            http.Request.Path + http.Request.QueryString,
            headers,
            body,
            http.Connection.LocalIpAddress!.MapToIPv4()
        );
        var key = headers.GetValueOrDefault("Idempotency-Key", "none");
        _hits.Enqueue(hit);
        var arrival = _arrivals.GetOrAdd(key, static _ => Signal<Hit>());
        var mode = http.Request.Path.Value!.Split('/')[1];
        // Slow bytes have arrived when some of them are on their way.
        if (mode is not "slow")
            arrival.TrySetResult(hit);
        switch (mode)
        {
            case "status":
                http.Response.StatusCode = int.Parse(http.Request.Path.Value!.Split('/')[2]);
                foreach (var (name, value) in http.Request.Query)
                    http.Response.Headers[name] = value;
                break;
            case "once":
                http.Response.Headers.Connection = "close";
                break;
            case "redirect":
                http.Response.Redirect(
                    http.Request.Query["to"].ToString() is { Length: > 0 } to ? to : http.Request.Path.Value!
                );
                break;
            case "hang":
                await UntilHungUpAsync(http, key, 0);
                break;
            case "close":
                http.Abort();
                break;
            case "slow":
                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync("{\"a\":", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                arrival.TrySetResult(hit);
                await UntilHungUpAsync(http, key, 5);
                break;
            case "cut":
                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync("{\"a\":", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                http.Abort();
                break;
            case "type":
                http.Response.ContentType = http.Request.Query["type"];
                await http.Response.WriteAsync(http.Request.Query["body"]!, http.RequestAborted);
                break;
            default:
                http.Response.ContentType = "application/json; charset=utf-8";
                await http.Response.WriteAsync(
                    """{"order": {"id": 12.50, "lines": [{"sku": "a/b"}]}, "none": null, "html": "<b>{{ x }}</b>"}""",
                    http.RequestAborted
                );
                break;
        }
    }

    private async Task UntilHungUpAsync(HttpContext http, string key, long sent)
    {
        var aborted = Signal<bool>();
        await using (http.RequestAborted.Register(() => aborted.TrySetResult(true)))
            await aborted.Task;
        _hangUps.GetOrAdd(key, static _ => Signal<long>()).TrySetResult(sent);
    }

    /// <summary>Bytes that Kestrel would not send.</summary>
    private async Task AnswerRawAsync(ConnectionContext connection)
    {
        while (await ReadHeadAsync(connection.Transport.Input) is { } head)
        {
            if (head.Contains("/huge", StringComparison.Ordinal))
            {
                await PourAsync(connection.Transport.Output, head);
                return;
            }
            var answer = head.Split(' ')[1] switch
            {
                "/notHttp" => "220 mail.example ESMTP\r\n",
                "/headers" => "HTTP/1.1 200 OK\r\n"
                    + string.Concat(Enumerable.Repeat($"X-Long: {new string('a', 1000)}\r\n", 100))
                    + "Content-Length: 0\r\n\r\n",
                "/twice" => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Stale\r\nContent-Length: 0\r\n\r\n",
                _ => "HTTP/1.1 204 No Content\r\n\r\n",
            };
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(answer));
        }
    }

    /// <summary>
    /// 1 GB, as far as the sender takes it. Raw, since Kestrel goes on swallowing what a handler writes after a hang-up.
    /// </summary>
    private async Task PourAsync(PipeWriter output, string head)
    {
        const long All = 1L << 30;
        var length = head.Contains("?length", StringComparison.Ordinal) ? $"Content-Length: {All}\r\n" : "";
        await output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n"));
        var block = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
        long sent = 0;
        while (sent < All && !(await output.WriteAsync(block)).IsCompleted)
            sent += block.Length;
        var key = head.Split("Idempotency-Key: ")[1].Split('\r')[0];
        _hangUps.GetOrAdd(key, static _ => Signal<long>()).TrySetResult(sent);
    }

    private static async Task<string?> ReadHeadAsync(PipeReader input)
    {
        while (true)
        {
            var read = await input.ReadAsync();
            var text = Encoding.ASCII.GetString(read.Buffer);
            if (text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                input.AdvanceTo(read.Buffer.End);
                return text;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }

    private static TaskCompletionSource<T> Signal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=sink", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)
        );
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
