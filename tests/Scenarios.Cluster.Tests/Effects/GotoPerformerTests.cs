using System.Reflection;
using System.Text.Json;
using Scenarios.Cluster.Tests.Storage;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Contracts;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Effects;

public sealed class GotoPerformerTests(TestDatabase database) : PerformerContract, IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly Slice _slice = new();
    private ScenarioRows? _rows;

    internal override IPerformer Performer => new GotoPerformer(new ScenarioPlaces(database.Ledger), Slices.Of(_slice));

    private protected override int Tenant => _rows!.Tenant;

    public async ValueTask InitializeAsync()
    {
        _rows = await ScenarioRows.NewAsync(database);
        await _rows.AddScenarioAsync(2, "There");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(CaptureResult.Overloaded, 1), InlineData(CaptureResult.NotTaken, 1), InlineData(CaptureResult.Unknown, 1)]
    public async Task What_may_have_happened_is_sent_again_soon(CaptureResult result, int seconds) =>
        Assert.Equal(
            EffectOutcome.Again(TimeSpan.FromSeconds(seconds)),
            await JumpAsync(new CaptureOutcome(result, default, null, false))
        );

    [Fact]
    public async Task Damage_declines_no_capture() =>
        Assert.Equal(EffectOutcome.Again(TimeSpan.FromMinutes(1)), await JumpAsync(CaptureOutcome.Damaged));

    [Fact]
    public async Task A_failure_that_only_a_newer_node_knows_leaves_by_declined() =>
        Assert.Equal(
            EffectOutcome.Leaves(Output.Declined, """{"scenario":2,"reason":"ofTomorrow"}"""),
            await JumpAsync(new CaptureOutcome(CaptureResult.Failed, default, "ofTomorrow", false))
        );

    private async Task<EffectOutcome> JumpAsync(CaptureOutcome answer)
    {
        _slice.Answer = answer;
        var order = new EffectOrder(Guid.CreateVersion7(), 3, "g1", "goto", 1, Request(2));
        return await Performer.PerformAsync(order, new EffectPlace(Tenant, 1, "ann"), TestContext.Current.CancellationToken);
    }

    private protected override Task<string> RequestAsync(Mood mood)
    {
        _slice.Answer = mood switch
        {
            Mood.Willing => CaptureOutcome.Accepted(Guid.CreateVersion7()),
            Mood.Refusing => CaptureOutcome.Declined(DeclineReason.Engaged),
            Mood.Troubled => CaptureOutcome.Overloaded,
        };
        return Task.FromResult(Request(2));
    }

    private protected override IReadOnlyList<string> KeysSeen(EffectOrder order) => _slice.Keys;

    private static string Request(int scenario) =>
        JsonSerializer.Serialize(new GotoRequest(scenario, null, 1, null), EngineJson.Default.GotoRequest);

    /// <summary>A slice that says what it is to say.</summary>
    private sealed class Slice
    {
        public CaptureOutcome Answer { get; set; }
        public List<string> Keys { get; } = [];

        public CaptureOutcome[] Capture(Capture[] captures)
        {
            Keys.AddRange(captures.Select(c => c.Key!));
            return [.. captures.Select(_ => Answer)];
        }
    }

    /// <summary>Every slice is this one; nothing else is asked for.</summary>
    public class Slices : DispatchProxy
    {
        private Slice _slice = null!;

        internal static IGrainFactory Of(object slice)
        {
            var grains = Create<IGrainFactory, Slices>();
            ((Slices)(object)grains)._slice = (Slice)slice;
            return grains;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IGrainFactory.GetGrain) && targetMethod.ReturnType == typeof(IScenarioPartitionGrain)
                ? Partition.Of(_slice)
                : throw new NotSupportedException($"{targetMethod}");
    }

    public class Partition : DispatchProxy
    {
        private Slice _slice = null!;

        internal static IScenarioPartitionGrain Of(object slice)
        {
            var partition = Create<IScenarioPartitionGrain, Partition>();
            ((Partition)(object)partition)._slice = (Slice)slice;
            return partition;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IScenarioPartitionGrain.Capture)
                ? Task.FromResult(_slice.Capture((Capture[])args![0]!))
                : throw new NotSupportedException($"{targetMethod}");
    }
}
