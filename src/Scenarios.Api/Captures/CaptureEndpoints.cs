using Scenarios.Api.Endpoints;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Tasks;

namespace Scenarios.Api.Captures;

/// <summary>
/// Captures, singly and in batches. Keys are looked after by the commit itself: a run and the answer to its key become
/// durable together. A capture without a key whose outcome is unknown (its silo died under it) is 503 <c>unknownOutcome</c>.
/// </summary>
internal static class CaptureEndpoints
{
    /// <summary>The content is inside the body, and in a batch inside the list and the item.</summary>
    private const int BodyDepth = CaptureReader.MaxContentDepth + 2,
        BatchDepth = BodyDepth + 2;

    public static void MapCaptures(this IEndpointRouteBuilder api)
    {
        api.MapPost("/scenarios/{n}/captures", SingleAsync)
            .Needs(Role.Ingest)
            .KeepsKeysItself()
            .Body<CaptureToSend>()
            .Takes("triggers", "false fires no triggers by the profile's change.", "boolean")
            .Produces<CaptureResponse>(StatusCodes.Status201Created)
            .Produces<CaptureResponse>()
            .WithSummary("Put a profile into the scenario");
        api.MapPost("/scenarios/{n}/captures:batch", BatchAsync)
            .Needs(Role.Ingest)
            .TakesMany()
            .KeepsKeysItself()
            .Body<BatchToSend>()
            .Takes("triggers", "false fires no triggers by profiles' changes.", "boolean")
            .Produces<BatchResponse>()
            .Produces<TaskView>(StatusCodes.Status202Accepted)
            .WithSummary($"Put up to {CaptureBatch.MaxItems} profiles into the scenario; an outcome for each, in order")
            .WithDescription(
                "With `Prefer: respond-async` it answers 202 with a task whose result are the outcomes. (A token "
                    + "of role `ingest` sees no tasks: it is answered when all is done.)"
            );
    }

    private static async Task SingleAsync(
        HttpContext context,
        ScenarioDirectory directory,
        MatchResolver matches,
        CaptureSender sender,
        TimeProvider time
    )
    {
        var key = Idempotency.KeyOf(context.Request);
        var tenant = context.Caller().Tenant;
        var scenario = await ScenarioAsync(context, directory);
        context.Query().Flag("triggers", otherwise: true);
        var body = await JsonBody.ReadAsync(context, BodyDepth);

        var problems = new List<Problem>();
        var request = CaptureReader.Read(body.Root, "", inBatch: false, scenario.Fields, time.GetUtcNow(), problems);
        if (request is null && await directory.FindAsync(tenant, scenario.Number, anew: true) is { } now)
        {
            // A field may have been added to the database just now.
            problems.Clear();
            request = CaptureReader.Read(body.Root, "", inBatch: false, now.Fields, time.GetUtcNow(), problems);
        }
        Refused.If(problems);

        var hash = key is null ? null : CanonicalJson.Hash(body.Root);
        var resolved = request!.ProfileId is not null
            ? MatchResolver.Resolve(scenario, request, key, hash)
            : (await matches.ResolveAsync(tenant, scenario, [(request, key, hash)], context.RequestAborted))[0];
        var outcomes = await sender.SendAsync(tenant, scenario.Number, resolved.Partition, [resolved.Capture]);
        await CaptureAnswer.WriteAsync(context, scenario.Number, outcomes[0], resolved.Capture.Profile is not null);
    }

    private static async Task<IResult> BatchAsync(
        HttpContext context,
        ScenarioDirectory directory,
        MatchResolver matches,
        CaptureSender sender,
        TimeProvider time
    )
    {
        var key = Idempotency.KeyOf(context.Request);
        var tenant = context.Caller().Tenant;
        var scenario = await ScenarioAsync(context, directory);
        context.Query().Flag("triggers", otherwise: true);
        var body = await JsonBody.ReadAsync(context, BatchDepth);

        var problems = new List<Problem>();
        var reader = body.Object(problems);
        reader.Array("items", CaptureBatch.MaxItems, required: true, min: 1);
        reader.Done();
        Refused.If(problems);
        await context.PayAsync(body.Root.GetProperty("items").GetArrayLength() - 1);

        var items = body.Root.GetProperty("items");
        var batch = new CaptureBatch(tenant, scenario, key, matches, sender);
        batch.Read(items, scenario.Fields, time.GetUtcNow());
        if (batch.HasProblems && await directory.FindAsync(tenant, scenario.Number, anew: true) is { } now)
        {
            batch.Clear();
            batch.Read(items, now.Fields, time.GetUtcNow());
        }
        if (context.Caller().Role != Role.Ingest && PrefersAsync(context.Request))
        {
            await Idempotency.OnceAsync(context, async c =>
                await (await LaterAsync(c, scenario.Number, batch)).ExecuteAsync(c)
            );
            return Results.Empty;
        }
        await batch.SendAsync(context.RequestAborted);
        return Answer.Written(batch.Write);
    }

    private static bool PrefersAsync(HttpRequest request) =>
        request
            .Headers["Prefer"]
            .SelectMany(value => value?.Split([',', ';'], StringSplitOptions.TrimEntries) ?? [])
            .Contains("respond-async", StringComparer.OrdinalIgnoreCase);

    /// <summary>The batch as a task: accepted when it is written down, done by whichever silo takes it up.</summary>
    private static async Task<IResult> LaterAsync(HttpContext context, int number, CaptureBatch batch)
    {
        var id = await BeginAsync(context, number, batch);
        context.Response.Headers["Preference-Applied"] = "respond-async";
        return await TaskEndpoints.AcceptedAsync(context, id);
    }

    internal static async Task<Guid> BeginAsync(HttpContext context, int number, CaptureBatch batch)
    {
        var caller = context.Caller();
        var task = new NewTask(caller.Tenant, "captures", number, batch.Count, "{}", null, caller.Actor.Name);
        var id = await context
            .RequestServices.GetRequiredService<TaskStore>()
            .AddAsync(task, await batch.PartsAsync(context.RequestAborted), null, context.RequestAborted)
            ?? throw new Refused(
                StatusCodes.Status429TooManyRequests,
                "tooManyTasks",
                $"At most {TaskStore.MaxRunning} tasks of a tenant run at once."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        context.RequestServices.GetRequiredService<IGrainFactory>().Task(caller.Tenant, id).Work().Ignore();
        return id;
    }

    private static async ValueTask<ScenarioAddress> ScenarioAsync(HttpContext context, ScenarioDirectory directory)
    {
        var caller = context.Caller();
        var scenario = await directory.FindAsync(caller.Tenant, context.Number());
        return scenario is not null && caller.Sees(scenario.Place.Groups) ? scenario : throw Refused.NotFound();
    }
}
