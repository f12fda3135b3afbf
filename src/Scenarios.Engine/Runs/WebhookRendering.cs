using Scenarios.Engine.Definitions;
using Scenarios.Engine.Templates;

namespace Scenarios.Engine.Runs;

/// <summary>A <c>webhook</c> step rendered for one run: values are encoded by place, so data stays data.</summary>
public static class WebhookRendering
{
    /// <exception cref="TemplateException">A template failed, or a header would have got a line end (<c>invalidHeader</c>).</exception>
    public static WebhookRequest Render(Webhook webhook, TemplateScope scope)
    {
        var headers = new Dictionary<string, string>(webhook.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in webhook.Headers)
        {
            var text = Template.Parse(value).Render(scope, Place.Text);
            if (text.AsSpan().ContainsAny('\r', '\n', '\0')) throw new TemplateException("invalidHeader", $"The header '{name}' would have a line end.");
            headers[name] = text;
        }
        var isJson = !headers.TryGetValue("Content-Type", out var type) || type.Contains("json", StringComparison.OrdinalIgnoreCase);
        var body = webhook.Body is null ? null : Template.Parse(webhook.Body).Render(scope, isJson ? Place.Json : Place.Text);
        return new WebhookRequest(
            webhook.Method, Template.Parse(webhook.Url!).Render(scope, Place.Url), headers, body, webhook.TimeoutSeconds, webhook.Retries, webhook.Keep);
    }
}
