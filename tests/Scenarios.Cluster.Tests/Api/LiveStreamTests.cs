using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Scenarios.Api.Live;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>A stream costs what its reader takes (row 91 of the bad input).</summary>
public sealed class LiveStreamTests
{
    private static readonly LiveCounts Counts = new(1, new Dictionary<string, long> { ["w1"] = 1 }, DateTimeOffset.UnixEpoch, "active", 1, 1);

    [Fact]
    public async Task A_reader_that_takes_nothing_for_ten_seconds_is_dropped()
    {
        var (time, lifetime, context) = (new FakeTimeProvider(), new Lifetime(), new DefaultHttpContext());
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(new Stuck()));
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        using var watch = new LiveWatch(_ => { });

        var running = new LiveStream(context, null!, time, LiveNumbers.Instance).RunAsync(new Dictionary<int, LiveCounts> { [1] = Counts }, watch);

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
        for (var i = 1; i <= 10_000; i++) watch.Offer(i % 2, Counts with { Inside = i });

        Assert.Equal([(0, 10_000L), (1, 9_999L)], watch.Take().OrderBy(p => p.Key).Select(p => (p.Key, p.Value!.Inside)));
        Assert.Empty(watch.Take());
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
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));
    }
}
