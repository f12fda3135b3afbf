using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>How the other side of an effect takes it.</summary>
public enum Mood
{
    Willing,
    Refusing,
    Troubled,
}

/// <summary>What every performer keeps, whatever its effect is: run once for each of them.</summary>
public abstract class PerformerContract
{
    private static readonly Guid Run = Guid.CreateVersion7();

    internal abstract IPerformer Performer { get; }

    /// <summary>A request whose other side is in this mood.</summary>
    private protected abstract Task<string> RequestAsync(Mood mood);

    /// <summary>The keys under which the other side was asked, in order.</summary>
    private protected abstract IReadOnlyList<string> KeysSeen(EffectOrder order);

    private protected abstract int Tenant { get; }

    [Fact]
    public async Task It_is_done_when_the_other_side_takes_it()
    {
        var outcome = await PerformAsync(await OrderAsync(Mood.Willing));

        Assert.True(outcome.EndsRun ^ outcome.Output is not null);
        Assert.Equal((null, false, null), (outcome.RetryAfter, outcome.Unsent, outcome.Reason));
        Assert.NotEmpty(DetailOf(outcome));
    }

    [Fact]
    public async Task A_refusal_for_good_leaves_by_an_output_and_says_why()
    {
        var outcome = await PerformAsync(await OrderAsync(Mood.Refusing));

        Assert.NotNull(outcome.Output);
        Assert.Equal((false, null, false, null), (outcome.EndsRun, outcome.RetryAfter, outcome.Unsent, outcome.Kept));
        Assert.Contains(DetailOf(outcome), name => name is "code" or "reason");
    }

    [Fact]
    public async Task Trouble_that_may_pass_asks_for_another_attempt_after_a_pause()
    {
        var outcome = await PerformAsync(await OrderAsync(Mood.Troubled));

        Assert.Equal((null, false, null), (outcome.Output, outcome.EndsRun, outcome.Kept));
        Assert.True(outcome.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public async Task Each_attempt_comes_under_the_key_of_the_effect()
    {
        var order = await OrderAsync(Mood.Troubled);

        await PerformAsync(order);
        await PerformAsync(order with { Attempt = 2 });

        var keys = KeysSeen(order);
        Assert.Equal(2, keys.Count);
        Assert.All(keys, key => Assert.EndsWith(order.Key, key, StringComparison.Ordinal));
        Assert.Single(keys.Distinct());
    }

    [Theory]
    [InlineData("null"), InlineData("7"), InlineData("[]"), InlineData("{\"scenario\": ")]
    public async Task A_malformed_request_has_no_outcome_and_is_never_sent(string request)
    {
        var order = (await OrderAsync(Mood.Willing)) with { Request = request };

        await Assert.ThrowsAnyAsync<JsonException>(() => PerformAsync(order));

        Assert.Empty(KeysSeen(order));
    }

    private async Task<EffectOrder> OrderAsync(Mood mood) =>
        new(Run, 3, "h1", Name<EffectKind>.Of(Performer.Kind), 1, await RequestAsync(mood));

    private Task<EffectOutcome> PerformAsync(EffectOrder order) =>
        Performer.PerformAsync(order, new EffectPlace(Tenant, 1, "ann"), TestContext.Current.CancellationToken);

    private static string[] DetailOf(EffectOutcome outcome)
    {
        using var json = JsonDocument.Parse(outcome.Detail!);
        return [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
    }
}
