using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Webhooks;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>A sender on a clock that stands still, and the request that most tests vary.</summary>
internal sealed class SenderHarness : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    public static readonly byte[] Secret = Encoding.ASCII.GetBytes("0123456789abcdef01234567");
    public static readonly NetworkRules LoopbackOpened = new(NetworkRules.Parse("127.0.0.0/8 ::1"));

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public SenderHarness(NetworkRules rules, Resolver? resolver = null, WebhookLimits? limits = null) =>
        Sender = new WebhookSender(
            new AddressGuard(rules, resolver),
            limits ?? new WebhookLimits(),
            Time,
            _services.GetRequiredService<IMeterFactory>(),
            NullLogger<WebhookSender>.Instance
        );

    public FakeTimeProvider Time { get; } = new(Start);
    public WebhookSender Sender { get; }
    public string Key { get; } = Guid.CreateVersion7() + "/3";

    public static WebhookRequest Request(string url, params (string Name, string Pointer)[] keep) =>
        new(
            "POST",
            url,
            new Dictionary<string, string>(),
            """{"id": "p1"}""",
            10,
            3,
            keep.ToDictionary(k => k.Name, k => k.Pointer)
        );

    public Task<WebhookAnswer> SendAsync(WebhookRequest request, string? key = null) =>
        Sender.SendAsync(request, key ?? Key, 1, [Secret], TestContext.Current.CancellationToken);

    public static Resolver Answers(params IPAddress[][] inTurn)
    {
        var asked = 0;
        return (_, _) => Task.FromResult(inTurn[Math.Min(asked++, inTurn.Length - 1)]);
    }

    public void Dispose()
    {
        Sender.Dispose();
        _services.Dispose();
    }
}
