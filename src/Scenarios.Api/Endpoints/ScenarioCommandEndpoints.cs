using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;
using Scenarios.Storage.Scenarios;

namespace Scenarios.Api.Endpoints;

/// <summary>What one does with a scenario: check it, switch it on and off, clear, clone, take it back from the trash.</summary>
internal static class ScenarioCommandEndpoints
{
    public static void MapScenarioCommands(this IEndpointRouteBuilder api)
    {
        api.MapPost("/scenarios/{n}:validate", (Delegate)ValidateAsync)
            .Needs(Role.Viewer)
            .Body<ScenarioToValidate>(optional: true)
            .Produces<ScenarioProblems>()
            .WithSummary("Find every problem of the scenario, or of the parts that are sent");
        api.MapPost("/scenarios/{n}:activate", (Delegate)ActivateAsync)
            .Needs(Role.Operator)
            .Body<Activation>(optional: true)
            .Takes("dryRun", "Only report what would happen.", "boolean")
            .Produces<Activated>()
            .WithSummary("Activate a scenario");
        api.MapPost("/scenarios/{n}:deactivate", (Delegate)DeactivateAsync)
            .Needs(Role.Operator)
            .Body<Deactivation>(optional: true)
            .Produces<Deactivated>()
            .WithSummary("Stop: end, freeze or finish");
        api.MapPost("/scenarios/{n}:clear", (Delegate)ClearAsync)
            .Needs(Role.Operator)
            .Produces<Cleared>()
            .WithSummary("End every run that entered before this call");
        api.MapPost("/scenarios/{n}:clone", CloneAsync)
            .Needs(Role.Editor)
            .Body<ScenarioToClone>(optional: true)
            .Produces<ScenarioView>(StatusCodes.Status201Created)
            .WithSummary("Clone a scenario, under new element ids");
        api.MapPost("/scenarios/{n}:restore", RestoreAsync)
            .Needs(Role.Editor)
            .Produces<ScenarioView>()
            .WithSummary("Restore a scenario from the trash");
    }

    private static async Task<IResult> ValidateAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var body = await ScenarioBody.ValidateAsync(context);
        var answer = await context.Grain(scenario).Save(body.Save(ifRevision: null, dryRun: true, context.Caller().Actor));
        // A refusal without faults is about the request (no such database …), not about the scenario.
        if (answer.Refusal is { Faults.Length: 0 } refusal)
            throw Refused.Of(refusal);
        Fault[] faults = [.. answer.Refusal?.Faults ?? [], .. answer.Problems];
        return Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("valid", faults.All(f => f.IsWarning));
            SavePlan.WriteProblems(json, faults);
            json.WriteEndObject();
        });
    }

    private static async Task<IResult> ActivateAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context, optional: true)).Object(problems);
        var clear = body.Flag("clear") ?? false;
        body.Done();
        Refused.If(problems);
        var answer = await context
            .Grain(scenario)
            .Activate(new Activate(clear, context.Query().Flag("dryRun"), context.Caller().Actor));
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        return Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", answer.Status);
            json.WriteNumber("frozen", answer.Frozen);
            json.WriteNumber("overdue", answer.Overdue);
            json.WriteInstant("lastLeavesAt", answer.LastLeavesAt);
            json.WriteEndObject();
        });
    }

    private static async Task<IResult> DeactivateAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        var problems = new List<Problem>();
        var body = (await JsonBody.ReadAsync(context, optional: true)).Object(problems);
        var mode = body.OneOf<StopMode>("mode");
        body.Done();
        Refused.If(problems);
        var answer = await context
            .Grain(scenario)
            .Deactivate(mode is { } given ? Name<StopMode>.Of(given) : null, context.Caller().Actor);
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        return Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteString("status", answer.Status);
            json.WriteNumber("frozen", answer.Frozen);
            json.WriteNumber("ended", answer.Ended);
            json.WriteEndObject();
        });
    }

    private static async Task<IResult> ClearAsync(HttpContext context)
    {
        var scenario = await context.ScenarioAsync();
        await NothingInBodyAsync(context);
        var answer = await context.Grain(scenario).Clear(context.Caller().Actor);
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        return Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("ended", answer.Ended);
            json.WriteEndObject();
        });
    }

    private static async Task<IResult> CloneAsync(HttpContext context, IGrainFactory grains)
    {
        var scenario = await context.ScenarioAsync();
        var body = await ScenarioBody.CloneAsync(context);
        var caller = context.Caller();
        return await ScenarioEndpoints.CreatedAsync(
            context,
            await grains
                .Tenant(caller.Tenant)
                .CreateScenario(
                    new NewScenario(body.Title, null, null, null, null, scenario.Number, body.Partitions, caller.Actor)
                )
        );
    }

    private static async Task<IResult> RestoreAsync(HttpContext context, ScenarioReads scenarios, Trash trash)
    {
        var number = context.Number();
        _ = await scenarios.HeadAsync(context.Viewer(), number, context.RequestAborted, inTrash: true)
            ?? throw Refused.NotFound();
        await NothingInBodyAsync(context);
        if (!await trash.RestoreAsync(context.Caller().Tenant, number, context.Caller().Actor.Name, context.RequestAborted))
            throw Refused.NotFound();
        var restored = await ScenarioEndpoints.FindAsync(context, number);
        context.Response.SetTag(restored.Revision);
        return Answer.Ok(restored);
    }

    /// <summary>A command without parameters takes no body, or an empty object.</summary>
    internal static async Task NothingInBodyAsync(this HttpContext context)
    {
        var problems = new List<Problem>();
        (await JsonBody.ReadAsync(context, optional: true)).Object(problems).Done();
        Refused.If(problems);
    }
}
