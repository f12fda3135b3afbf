using Microsoft.Extensions.DependencyInjection;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;

namespace Scenarios.Cluster.Tests.Effects;

/// <summary>Each kind of effect has its one performer, or no silo starts.</summary>
public sealed class PerformersTests(TestNode node, TestPostgres postgres) : IClassFixture<TestNode>
{
    [Fact]
    public async Task A_kind_that_only_a_newer_node_knows_settles_by_error_as_an_unknown_effect()
    {
        var performer = node.Services.GetRequiredService<IGrainFactory>().ProfileInScenario(TestNode.Tenant, 1, "ann");

        Assert.Equal(
            EffectOutcome.Leaves(Output.Error, """{"code":"unknownEffect"}""", "unknownEffect"),
            await performer.Perform(new EffectOrder(Guid.CreateVersion7(), 2, "h1", "ofTomorrow", 1, "{}"))
        );
    }

    public static TheoryData<EffectKind> Kinds => [.. Enum.GetValues<EffectKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void A_kind_without_a_performer_or_with_two_is_refused(EffectKind kind)
    {
        var all = Enum.GetValues<EffectKind>().Select(k => new Idle(k)).ToArray();

        Assert.Equal(kind, new Performers(all).Find(Name<EffectKind>.Of(kind))!.Kind);
        foreach (
            Idle[] wrong in (Idle[][])
                [
                    [.. all.Where(p => p.Kind != kind)],
                    [.. all, new Idle(kind)],
                ]
        )
            Assert.Contains(
                $"'{Name<EffectKind>.Of(kind)}'",
                Assert.Throws<InvalidOperationException>(() => new Performers(wrong)).Message
            );
        Assert.Null(new Performers(all).Find("ofTomorrow"));
    }

    [Fact]
    public async Task A_node_whose_performers_do_not_fit_the_kinds_does_not_start()
    {
        await using var odd = new TestNode(postgres.CloneAsync, new TestClock()) { Also = new Idle(EffectKind.Goto) };

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => odd.InitializeAsync().AsTask());

        Assert.Contains("'goto' have 2 performers", refused.ToString());
    }

    private sealed class Idle(EffectKind kind) : IPerformer
    {
        public EffectKind Kind => kind;

        public Task<EffectOutcome> PerformAsync(EffectOrder order, EffectPlace place, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
