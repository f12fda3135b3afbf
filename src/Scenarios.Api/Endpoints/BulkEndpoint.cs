using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Endpoints;

/// <param name="Select">At least one of its members: an empty selection does not mean everybody.</param>
/// <param name="Action">remove, release, postpone or move.</param>
/// <param name="Until">Postpone: an instant.</param>
/// <param name="To">Move: the id of an element.</param>
public sealed record BulkToDo(
    BulkToDo.Selection Select,
    string Action,
    DateTimeOffset? Until = null,
    string? To = null,
    bool? DryRun = null
)
{
    public sealed record Selection(
        string? Element = null,
        DateTimeOffset? EnteredBefore = null,
        IReadOnlyList<string>? ProfileIds = null,
        IReadOnlyList<Guid>? RunIds = null
    );
}

/// <summary><c>POST …/runs:bulk</c>: one action for many runs, as a task.</summary>
internal static class BulkEndpoint
{
    /// <summary>Ids in one list.</summary>
    private const int MaxIds = 10_000;

    public static void MapBulk(this IEndpointRouteBuilder api) =>
        api.MapPost("/scenarios/{n}/runs:bulk", (Delegate)BulkAsync)
            .Needs(Role.Operator)
            .Body<BulkToDo>()
            .Produces<TaskView>(StatusCodes.Status202Accepted)
            .Produces<TaskView>()
            .WithSummary("Remove, release, postpone or move many runs, as a task")
            .WithDescription(
                "A dry run answers 200 with a task that was never made: `result` tells whom the action would "
                    + "touch, and whom it would not."
            );

    private static async Task<IResult> BulkAsync(HttpContext context, TimeProvider time)
    {
        var scenario = await context.ScenarioAsync();
        var action = Read(
            await JsonBody.ReadAsync(context),
            time.GetUtcNow(),
            Idempotency.KeyOf(context.Request),
            context.Caller().Actor
        );
        var answer = await context.Grain(scenario).Bulk(action);
        if (answer.Refusal is { } refusal)
            throw Refused.Of(refusal);
        if (answer.TaskId is not { } id)
        {
            var result = JsonSerializer.SerializeToElement(new { touched = answer.Touched, skipped = answer.Skipped });
            return Answer.Ok(
                new TaskView(
                    null,
                    "bulk",
                    "done",
                    0,
                    answer.Touched + answer.Skipped.Values.Sum(),
                    [],
                    result,
                    scenario.Number,
                    action.Actor.Name,
                    time.GetUtcNow(),
                    null
                )
            );
        }
        return await TaskEndpoints.AcceptedAsync(context, id);
    }

    private static BulkAction Read(JsonBody json, DateTimeOffset now, string? key, Actor actor)
    {
        var problems = new List<Problem>();
        var body = json.Object(problems);
        var verb = body.OneOf<RunVerb>("action", required: true);
        var until = body.Instant("until", required: verb == RunVerb.Postpone);
        var to = body.Text("to", 64, required: verb == RunVerb.Move, min: 1);
        var dryRun = body.Flag("dryRun") ?? false;
        if (until is not null && verb is not (null or RunVerb.Postpone))
            body.Fault("until", "notAllowed", "Only a postponement takes an instant.");
        if (to is not null && verb is not (null or RunVerb.Move))
            body.Fault("to", "notAllowed", "Only a move takes a target.");
        if (until is { } at && (at <= now || at > now + RunCommandEndpoints.LongestWait))
            body.Fault("until", "outOfRange", "Must be an instant in the future, within ten years.");

        string? element = null;
        DateTimeOffset? enteredBefore = null;
        string[]? profiles = null;
        Guid[]? runs = null;
        if (body.Object("select", required: true) is { } select)
        {
            element = select.Text("element", 64, min: 1);
            enteredBefore = select.Instant("enteredBefore");
            profiles = Ids(select, "profileIds", Contact.CheckId, id => id);
            runs = Ids(
                select,
                "runIds",
                id => Guid.TryParseExact(id, "D", out _) ? null : ("invalidId", "Must be the id of a run."),
                id => Guid.ParseExact(id, "D")
            );
            select.Done();
            if (select.IsGood && element is null && enteredBefore is null && profiles is null && runs is null)
                body.Fault(
                    "select",
                    "emptySelection",
                    "Must have at least one of element, enteredBefore, profileIds and runIds: an empty selection "
                        + "does not mean everybody."
                );
        }
        body.Done();
        Refused.If(problems);
        return new BulkAction(element, enteredBefore, profiles, runs, verb!.Value, until, to, dryRun, key, actor);
    }

    /// <summary>A list of ids; null when it is absent.</summary>
    private static T[]? Ids<T>(
        JsonObjectReader select,
        string name,
        Func<string, (string Code, string Message)?> check,
        Func<string, T> read
    )
    {
        if (!select.Has(name, out var list))
            return null;
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > MaxIds)
            throw new Refused(
                StatusCodes.Status413PayloadTooLarge,
                "tooLarge",
                $"At most {MaxIds} ids are allowed in one request."
            );
        var ids = new List<T>();
        foreach (var (json, path) in select.Array(name, MaxIds, min: 1))
        {
            if (json.ValueKind != JsonValueKind.String)
                select.FaultAt(path, "wrongType", "Must be a string.");
            else if (check(json.GetString()!) is var (code, message))
                select.FaultAt(path, code, message);
            else
                ids.Add(read(json.GetString()!));
        }
        return [.. ids.Distinct()];
    }
}
