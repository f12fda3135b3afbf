using System.Globalization;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Endpoints;

/// <summary>Which scenario a request is about. One that the caller does not see answers as one that never was.</summary>
internal static class ScenarioOfRequest
{
    public static Viewer Viewer(this HttpContext context)
    {
        var caller = context.Caller();
        return new Viewer(caller.Tenant, caller.Role == Role.Admin ? null : [.. caller.Groups]);
    }

    /// <summary>The number <c>{n}</c> of the path.</summary>
    /// <exception cref="Refused">404: whatever is not written as we write numbers is no scenario.</exception>
    public static int Number(this HttpContext context, string name = "n") =>
        NumberOf(context.Request.RouteValues[name] as string) ?? throw Refused.NotFound();

    public static int? NumberOf(string? text) =>
        text is [>= '1' and <= '9', ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <exception cref="Refused">404.</exception>
    public static async Task<ScenarioHead> ScenarioAsync(this HttpContext context) =>
        await context
            .RequestServices.GetRequiredService<ScenarioReads>()
            .HeadAsync(context.Viewer(), context.Number(), context.RequestAborted)
        ?? throw Refused.NotFound();

    public static IScenarioGrain Grain(this HttpContext context, ScenarioHead scenario) =>
        context.RequestServices.GetRequiredService<IGrainFactory>().Scenario(context.Caller().Tenant, scenario.Number);

    /// <summary>The zone in which a scenario's numbers are shown.</summary>
    public static async Task<string> ZoneAsync(this HttpContext context, ScenarioHead scenario) =>
        scenario.Zone
        ?? (
            await context.RequestServices.GetRequiredService<IGrainFactory>().Tenant(context.Caller().Tenant).Account()
        ).TimeZone;

    /// <summary>The run <c>{run}</c> of the path.</summary>
    /// <exception cref="Refused">404 for what is no run's id.</exception>
    public static Guid Run(this HttpContext context) =>
        Guid.TryParseExact(context.Request.RouteValues["run"] as string, "D", out var run) ? run : throw Refused.NotFound();
}
