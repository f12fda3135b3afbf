using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Grains;

/// <summary>
/// A commit whose answer is lost has happened, or it never will; the caller is told which (architecture.md, rules of the ledger
/// 3).
/// </summary>
public sealed class LostAnswerTests(TestPostgres postgres) : IAsyncLifetime
{
    private FaultyLine _line = null!;
    private TestNode _node = null!;
    private string _direct = "";

    private Support.Api Api => _node.Api;

    public async ValueTask InitializeAsync()
    {
        _direct = await postgres.CloneAsync();
        _line = new FaultyLine(_direct);
        _node = new TestNode(() => Task.FromResult(_line.ConnectionString), new TestClock());
        await _node.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _line.DisposeAsync();
    }

    [Theory]
    [InlineData("afterExit")]
    [InlineData("parallel")]
    public async Task A_capture_whose_answer_is_lost_after_the_commit_is_neither_doubled_nor_denied(string reentryMode)
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode, partitions = 1 });
        await Api.CaptureAsync(number, "warm");
        var lost = _line.LoseAnswerToAsync("the lost one");
        var capture = Api.CaptureAsync(number, "ann", content: new { text = "the lost one" });
        await lost;
        await _line.Refused; // whoever asks what became of it learns nothing yet
        _line.Mend();

        var outcome = await capture;

        Assert.Equal((true, null), (outcome.Accepted, outcome.Reason));
        Assert.Equal([outcome.RunId], (await Api.RunsAsync(number, "ann")).Select(r => r.RunId));
        Assert.True((await Api.CaptureAsync(number, "bob")).Accepted);
        await Invariants.HoldAsync(Api, number);
    }

    /// <summary>
    /// Once, the takeover's epoch was taken for proof that the commit had not happened, and the capture was sent again.
    /// </summary>
    [Theory]
    [InlineData(null)]
    [InlineData("k1")]
    public async Task A_capture_whose_slice_changes_hands_before_its_lost_answer_is_settled_is_never_doubled(string? key)
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel", partitions = 1 });
        await Api.CaptureAsync(number, "warm");
        var lost = _line.LoseAnswerToAsync("the lost one");
        var capture = Api.CaptureAsync(number, "ann", key, content: new { text = "the lost one" });
        await lost;
        await _line.Refused;
        await using (var direct = NpgsqlDataSource.Create(_direct))
            await direct.TakeSlicesAwayAsync(number);
        _line.Mend();

        var outcome = await capture;

        Assert.Equal(key is null ? (503, "unknownOutcome") : (201, null), (outcome.Status, outcome.Reason));
        var run = Assert.Single(await Api.RunsAsync(number, "ann"));
        if (key is not null)
            Assert.Equal(run.RunId, outcome.RunId);
        await Invariants.HoldAsync(Api, number);
    }

    [Fact]
    public async Task A_commit_that_the_server_still_works_on_when_its_connection_breaks_is_waited_for()
    {
        var number = await Api.ActiveAsync(settings: new { reentryMode = "parallel", partitions = 1 });
        await Api.CaptureAsync(number, "ann");
        await using var direct = NpgsqlDataSource.Create(_direct);
        await using var holder = await direct.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var held = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand("select 1 from profile where id = 'ann' for update", holder))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var cut = _line.CutBehindAsync("the slow one");
        var capture = Api.CaptureAsync(
            number,
            "ann",
            content: new { text = "the slow one" },
            profile: new { fields = new { points = 1 } }
        );
        await cut;
        // The first waits for the profile; whatever comes to ask about it waits for the first.
        await Support.Api.UntilAsync(direct.LockWaitersAsync, n => n == 2);
        await held.CommitAsync(TestContext.Current.CancellationToken);

        var outcome = await capture;

        Assert.True(outcome.Accepted, outcome.Reason);
        Assert.Contains(outcome.RunId, (await Api.RunsAsync(number, "ann")).Select(r => r.RunId));
        Assert.Equal(2, (await Api.RunsAsync(number)).Count);
        await Invariants.HoldAsync(Api, number);
    }
}
