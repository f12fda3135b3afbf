using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Scenarios.Api.Http;
using Scenarios.Api.Live;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>
/// A stream costs what its reader takes (row 91 of the bad input), and is not behind the look that it tells of (N3).
/// </summary>
public sealed class LiveStreamTests(TestNode node) : IClassFixture<TestNode>
{
    private static readonly LiveCounts Counts = new(
        1,
        new Dictionary<string, long> { ["w1"] = 1 },
        DateTimeOffset.UnixEpoch,
        "active",
        1,
        1
    );

    [Fact]
    public async Task A_reader_that_takes_nothing_for_ten_seconds_is_dropped()
    {
        var (time, lifetime, context) = (new FakeTimeProvider(), new Lifetime(), new DefaultHttpContext());
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new Stuck()));
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        using var watch = new LiveWatch(_ => { });

        var running = new LiveStream(context, null!, time, LiveNumbers.Instance).RunAsync(
            new Dictionary<int, LiveCounts> { [1] = Counts },
            watch
        );

        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(lifetime.IsAborted || running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(lifetime.IsAborted);
    }

    [Fact]
    public void What_a_slow_reader_has_missed_is_one_picture_of_each_scenario()
    {
        using var watch = new LiveWatch(_ => { });
        for (var i = 1; i <= 10_000; i++)
            watch.Offer(i % 2, Counts with { Inside = i });

        Assert.Equal([(0, 10_000L), (1, 9_999L)], watch.Take().OrderBy(p => p.Key).Select(p => (p.Key, p.Value!.Inside)));
        Assert.Empty(watch.Take());
    }

    /// <summary>
    /// It was: who connected between two looks got each picture when the rest of a second was over, up to a second old.
    /// </summary>
    [Fact(Timeout = 60_000)]
    public async Task A_client_that_connects_between_two_looks_gets_the_next_one_as_soon_as_it_is_taken()
    {
        var (time, written) = (new WatchedTime(), new Written());
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(written));
        var tokens = node.Services.GetRequiredService<TokenCache>();
        context.Features.Set(
            await tokens.FindAsync(TestNode.Token) ?? throw new InvalidOperationException("The node's token is unknown.")
        );
        using var watch = new LiveWatch(_ => { });
        using var gone = new CancellationTokenSource();
        context.RequestAborted = gone.Token;
        var running = new LiveStream(context, tokens, time, LiveNumbers.Instance).RunAsync(
            new Dictionary<int, LiveCounts> { [1] = Counts },
            watch
        );
        Assert.Equal(1, await written.InsideAsync());
        await time.WaitsAsync(TimeSpan.FromSeconds(5));

        time.Advance(TimeSpan.FromSeconds(0.4));
        watch.Offer(1, Counts with { Inside = 2 });
        await time.WaitsAsync(1.5 * LiveFeed.Period); // two events within 0.4 s would be more than one a second
        for (var look = 3; look < 6; look++)
        {
            time.Advance(LiveFeed.Period);
            watch.Offer(1, Counts with { Inside = look });
            Assert.Equal(look, await written.InsideAsync());
            await time.WaitsAsync(TimeSpan.FromSeconds(5));
        }

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Tells when somebody begins to wait.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Writer.TryWrite(dueTime);
            return timer;
        }

        /// <summary>Until a wait of that length begins.</summary>
        public async Task WaitsAsync(TimeSpan length)
        {
            while (await _waits.Reader.ReadAsync(TestContext.Current.CancellationToken) != length) { }
        }
    }

    /// <summary>The other end of the connection.</summary>
    private sealed class Written : MemoryStream
    {
        private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _events.Writer.TryWrite(Encoding.UTF8.GetString(buffer.Span));
            return default;
        }

        public async Task<int> InsideAsync() =>
            JsonElement
                .Parse((await _events.Reader.ReadAsync(TestContext.Current.CancellationToken))["data: ".Length..].Trim())
                .GetProperty("inside")
                .GetInt32();
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }
        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }

    /// <summary>A connection whose other end reads nothing.</summary>
    private sealed class Stuck : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));
    }
}
