using Scenarios.Engine.Elements;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Runs;

/// <summary>A <c>webhook</c> step rendered for one run: values are encoded by place, so data stays data.</summary>
public static class WebhookRendering
{
    /// <exception cref="TemplateException">A template failed, or gave what no header can hold, a line end above all
    /// (<c>invalidHeader</c>).</exception>
    public static WebhookRequest Render(Webhook webhook, TemplateScope scope)
    {
        var headers = new Dictionary<string, string>(webhook.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in webhook.Headers)
        {
            var text = Template.Parse(value).Render(scope, Place.Text);
            if (!WebhookHeaders.IsValue(text))
                throw new TemplateException(
                    "invalidHeader",
                    $"The header '{name}' must contain only visible ASCII characters, spaces and tabs."
                );
            headers[name] = text;
        }
        var body = webhook.Body is null
            ? null
            : Template.Parse(webhook.Body).Render(scope, PlaceOf(headers.GetValueOrDefault("Content-Type")));
        return new WebhookRequest(
            webhook.Method,
            Template.Parse(webhook.Url!).Render(scope, Place.Url),
            headers,
            body,
            webhook.TimeoutSeconds,
            webhook.Retries,
            webhook.Keep
        );
    }

    /// <summary>What the body is written in: JSON where nothing is said.</summary>
    private static Place PlaceOf(string? contentType)
    {
        if (contentType is null || Has("json"))
            return Place.Json;
        if (Has("x-www-form-urlencoded"))
            return Place.Url;
        return Has("html") || Has("xml") ? Place.Html : Place.Text;

        bool Has(string part) => contentType.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
