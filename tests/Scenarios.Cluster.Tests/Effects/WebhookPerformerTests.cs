using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Grains.Effects;
using Scenarios.Storage.Accounts;

namespace Scenarios.Cluster.Tests.Effects;

public sealed class WebhookPerformerTests
    : PerformerContract,
        IClassFixture<WebhookSink>,
        IClassFixture<TestDatabase>,
        IDisposable
{
    private readonly SenderHarness _harness = new(SenderHarness.LoopbackOpened);
    private readonly WebhookSink _sink;
    private readonly string _path = Guid.NewGuid().ToString("N");

    public WebhookPerformerTests(WebhookSink sink, TestDatabase database)
    {
        _sink = sink;
        Performer = new WebhookPerformer(
            new Lazy<WebhookSender>(_harness.Sender),
            new WebhookSecrets(database.Ledger, _harness.Time, SecretBox.None),
            NullLogger<WebhookPerformer>.Instance
        );
    }

    internal override IPerformer Performer { get; }

    private protected override int Tenant => 1;

    private protected override Task<string> RequestAsync(Mood mood)
    {
        var path = mood switch
        {
            Mood.Willing => "ok",
            Mood.Refusing => "status/400",
            Mood.Troubled => "status/503",
        };
        var request = SenderHarness.Request($"http://127.0.0.1:{_sink.Port}/{path}?{_path}=1");
        return Task.FromResult(Encoding.UTF8.GetString(request.ToBytes()));
    }

    private protected override IReadOnlyList<string> KeysSeen(EffectOrder order) =>
        [
            .. _sink
                .HitsOf(order.Key)
                .Where(h => h.Path.Contains(_path, StringComparison.Ordinal))
                .Select(h => h.Headers["webhook-id"]),
        ];

    public void Dispose() => _harness.Dispose();
}
