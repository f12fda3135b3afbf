using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

public class RetryPolicyTests
{
    private static readonly Guid Run = Guid.Parse("01970000-0000-7000-8000-000000000001");

    [Fact]
    public void The_pause_doubles_up_to_five_minutes_within_its_upper_half()
    {
        foreach (
            var (attempt, seconds) in new[]
            {
                (2, 1),
                (3, 2),
                (4, 4),
                (5, 8),
                (9, 128),
                (10, 256),
                (11, 300),
                (40, 300),
                (2_000, 300),
            }
        )
            Assert.InRange(
                RetryPolicy.DelayBefore(attempt, 5_000, null, Run)!.Value,
                TimeSpan.FromSeconds(seconds / 2.0),
                TimeSpan.FromSeconds(seconds)
            );
    }

    [Fact]
    public void Attempts_are_used_up_after_the_retries()
    {
        Assert.Null(RetryPolicy.DelayBefore(2, 0, null, Run));
        Assert.NotNull(RetryPolicy.DelayBefore(4, 3, null, Run));
        Assert.Null(RetryPolicy.DelayBefore(5, 3, TimeSpan.FromHours(1), Run));
    }

    [Fact]
    public void The_same_run_and_attempt_give_the_same_pause_and_others_another()
    {
        Assert.Equal(RetryPolicy.DelayBefore(3, 3, null, Run), RetryPolicy.DelayBefore(3, 3, null, Run));
        var pauses = Enumerable
            .Range(0, 1_000)
            .Select(_ => RetryPolicy.DelayBefore(3, 3, null, Guid.CreateVersion7())!.Value.TotalSeconds)
            .ToList();
        Assert.InRange(pauses.Average(), 1.4, 1.6);
        Assert.True(pauses.Distinct().Count() > 990);
    }

    [Fact]
    public void A_pause_that_the_receiver_asked_for_is_never_cut_short()
    {
        var asked = TimeSpan.FromMinutes(30);
        Assert.InRange(RetryPolicy.DelayBefore(2, 3, asked, Run)!.Value, asked, asked + TimeSpan.FromSeconds(1));
        Assert.InRange(
            RetryPolicy.DelayBefore(4, 3, TimeSpan.Zero, Run)!.Value,
            TimeSpan.FromSeconds(2),
            TimeSpan.FromSeconds(4)
        );
    }
}
