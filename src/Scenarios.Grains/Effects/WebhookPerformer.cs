using System.Text;
using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Accounts;

namespace Scenarios.Grains.Effects;

/// <summary>Sends a webhook and turns the receiver's answer into an outcome: an output, or another attempt.</summary>
/// <param name="webhooks">Created by the first webhook; from then on its gauges are among the node's metrics.</param>
internal sealed partial class WebhookPerformer(
    Lazy<WebhookSender> webhooks,
    WebhookSecrets secrets,
    ILogger<WebhookPerformer> log
) : IPerformer
{
    public EffectKind Kind => EffectKind.Webhook;

    public async Task<EffectOutcome> PerformAsync(EffectOrder order, EffectPlace place, CancellationToken cancellationToken)
    {
        var request = WebhookRequest.FromBytes(Encoding.UTF8.GetBytes(order.Request));
        var live = await secrets.OfAsync(place.Tenant);
        var answer = await webhooks.Value.SendAsync(request, order.Key, order.Attempt, live, cancellationToken);
        LogSent(order.Key, order.Attempt, answer.Code);
        var detail = Detail.Write(json =>
        {
            json.WriteString("code", answer.Code);
            if (answer.Status is { } status)
                json.WriteNumber("status", status);
            json.WriteNumber("attempts", order.Attempt);
        });
        return answer.Outcome switch
        {
            WebhookOutcome.Success => EffectOutcome.Leaves(
                Output.Success,
                detail,
                kept: answer.Kept.GetPropertyCount() == 0 ? null : answer.Kept.GetRawText()
            ),
            WebhookOutcome.Retry when answer.Code == WebhookCode.HostBusy => EffectOutcome.NotSent(
                answer.RetryAfter ?? RetryPolicy.First,
                detail
            ),
            WebhookOutcome.Retry
                when RetryPolicy.DelayBefore(order.Attempt + 1, request.Retries, answer.RetryAfter, order.RunId) is { } pause =>
                EffectOutcome.Again(pause, detail),
            WebhookOutcome.Retry or WebhookOutcome.Error => EffectOutcome.Leaves(Output.Error, detail, answer.Code),
        };
    }
}
