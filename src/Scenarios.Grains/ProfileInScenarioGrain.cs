using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Effects;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Grains;

/// <summary>
/// Performs the effects of one profile in one scenario, one after the other. It stores nothing: an attempt is begun by a
/// commit of the partition, and its outcome goes back there as an input. A few outcomes it remembers while it is in memory: a
/// partition that changes hands may lose one on its way, and asks again.
/// </summary>
internal sealed class ProfileInScenarioGrain(
    WebhookSender webhooks,
    WebhookSecrets secrets,
    ScenarioPlaces places,
    ILogger<ProfileInScenarioGrain> log
) : Grain, IProfileInScenarioGrain
{
    private const int OutcomesRemembered = 16;

    private readonly Dictionary<(Guid Run, int Step, int Attempt), Task<EffectOutcome>> _underWay = [];
    private readonly Queue<(Guid Run, int Step, int Attempt)> _ended = [];
    private Task _former = Task.CompletedTask;

    public Task<EffectOutcome> Perform(EffectOrder order)
    {
        var key = (order.RunId, order.Step, order.Attempt);
        if (_underWay.TryGetValue(key, out var joined))
            return joined;
        // In order: an effect begins when the one before it has its outcome.
        var performing = AfterAsync(_former, order);
        _underWay[key] = performing;
        _former = performing;
        return ForgetAsync(key, performing);
    }

    public async Task<RunOutcome> Command(RunCommand command)
    {
        var (tenant, number, profile) = GrainKeys.Parse(this.GetPrimaryKeyString());
        if (await places.FindAsync(tenant, number, CancellationToken.None) is not { } place)
            return RunOutcome.Refused("runNotFound");
        return await GrainFactory
            .Partition(tenant, number, PartitionOf.Of(profile, place.Partitions))
            .Command(command with { ProfileId = profile });
    }

    private async Task<EffectOutcome> ForgetAsync((Guid, int, int) key, Task<EffectOutcome> performing)
    {
        var isFinal = false;
        try
        {
            var outcome = await performing;
            isFinal = outcome.Output is not null || outcome.EndsRun;
            return outcome;
        }
        finally
        {
            if (isFinal)
                _ended.Enqueue(key);
            else
                _underWay.Remove(key);
            if (_ended.Count > OutcomesRemembered)
                _underWay.Remove(_ended.Dequeue());
        }
    }

    private async Task<EffectOutcome> AfterAsync(Task former, EffectOrder order)
    {
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var (tenant, number, profile) = GrainKeys.Parse(this.GetPrimaryKeyString());
        return order.Kind switch
        {
            "webhook" => await SendAsync(tenant, order),
            "goto" => await JumpAsync(tenant, number, profile, order),
            _ => new EffectOutcome(Output.Error, null, false, "unknownEffect", Detail.Of("code", "unknownEffect"), null),
        };
    }

    private async Task<EffectOutcome> SendAsync(int tenant, EffectOrder order)
    {
        var request = WebhookRequest.FromBytes(Encoding.UTF8.GetBytes(order.Request));
        var answer = await webhooks.SendAsync(
            request,
            order.Key,
            order.Attempt,
            await secrets.OfAsync(tenant),
            CancellationToken.None
        );
        log.LogSent(order.Key, order.Attempt, answer.Code);
        var detail = Detail.Write(json =>
        {
            json.WriteString("code", answer.Code);
            if (answer.Status is { } status)
                json.WriteNumber("status", status);
            json.WriteNumber("attempts", order.Attempt);
        });
        return answer.Outcome switch
        {
            WebhookOutcome.Success => new EffectOutcome(
                Output.Success,
                null,
                false,
                null,
                detail,
                answer.Kept.GetPropertyCount() == 0 ? null : answer.Kept.GetRawText()
            ),
            WebhookOutcome.Retry when answer.Code == WebhookCode.HostBusy => new EffectOutcome(
                null,
                answer.RetryAfter ?? RetryPolicy.First,
                false,
                null,
                detail,
                null,
                Unsent: true
            ),
            WebhookOutcome.Retry
                when RetryPolicy.DelayBefore(order.Attempt + 1, request.Retries, answer.RetryAfter, order.RunId) is { } pause =>
                new EffectOutcome(null, pause, false, null, detail, null),
            WebhookOutcome.Retry or WebhookOutcome.Error => new EffectOutcome(
                Output.Error,
                null,
                false,
                answer.Code,
                detail,
                null
            ),
        };
    }

    /// <summary>A capture in another scenario, caused by this run and step: repeated after a crash, it is the same capture.</summary>
    private async Task<EffectOutcome> JumpAsync(int tenant, int number, string profile, EffectOrder order)
    {
        var request = JsonSerializer.Deserialize(order.Request, EngineJson.Default.GotoRequest)!;
        var outcome = CaptureOutcome.Declined("unknownScenario");
        // A profile stays in its database: a scenario that has come to work on another one since is no place to jump to.
        var (here, there) = (
            await places.FindAsync(tenant, number, CancellationToken.None),
            await places.FindAsync(tenant, request.Scenario, CancellationToken.None)
        );
        if (here is not null && there is not null && here.Database == there.Database)
        {
            var cause = $"\u0001goto/{order.Key}";
            var capture = new Capture(
                profile,
                null,
                request.Content?.GetRawText(),
                request.Start,
                cause,
                Encoding.UTF8.GetBytes(cause),
                request.Depth,
                null
            );
            outcome = (
                await GrainFactory
                    .Partition(tenant, request.Scenario, PartitionOf.Of(profile, there.Partitions))
                    .Capture([capture])
            )[0];
        }
        var detail = Detail.Write(json =>
        {
            json.WriteNumber("scenario", request.Scenario);
            if (outcome.Result == CaptureResult.Accepted)
                json.WriteString("run", outcome.RunId.ToString());
            else
                json.WriteString("reason", outcome.Reason ?? outcome.Result.ToString());
        });
        // Over damage nobody declines: it waits until it is mended.
        if (outcome == CaptureOutcome.Damaged)
            return new EffectOutcome(null, TimeSpan.FromMinutes(1), false, null, null, null);
        return outcome.Result switch
        {
            CaptureResult.Accepted => new EffectOutcome(null, null, true, null, detail, null),
            // Sent again under the same cause: if it happened, it is answered as it was.
            CaptureResult.Overloaded or CaptureResult.NotTaken or CaptureResult.Unknown => new EffectOutcome(
                null,
                TimeSpan.FromSeconds(1),
                false,
                null,
                null,
                null
            ),
            CaptureResult.Declined or CaptureResult.KeyReused or CaptureResult.Failed => new EffectOutcome(
                Output.Declined,
                null,
                false,
                null,
                detail,
                null
            ),
        };
    }
}

internal static partial class ProfileInScenarioLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "webhook {Key} sent, attempt {Attempt}: {Code}")]
    public static partial void LogSent(this ILogger log, string key, int attempt, string code);
}
