using System.Globalization;
using System.Text.Json;
using Scenarios.Api.Captures;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine.Json;
using Scenarios.Storage.Tasks;

namespace Scenarios.Api.Endpoints;

/// <summary>Work that goes on after its request was answered.</summary>
/// <param name="Id">Null for a dry run, which makes none.</param>
/// <param name="Kind">bulk or captures.</param>
/// <param name="State">running, done, failed or cancelled.</param>
/// <param name="Done">Of <paramref name="Total"/>, touched or passed over.</param>
/// <param name="Result">What came of it so far. Of a batch that has ended the outcomes, as the batch would have
/// answered them; lists leave those out.</param>
public sealed record TaskView(
    Guid? Id,
    string Kind,
    string State,
    long Done,
    long Total,
    IReadOnlyList<JsonElement> Errors,
    JsonElement? Result,
    int Scenario,
    string By,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt
)
{
    public static TaskView Of(TaskRow row) =>
        new(
            row.Id,
            row.Kind,
            row.State,
            row.Done,
            row.Total,
            [.. JsonElement.Parse(row.Errors).EnumerateArray()],
            row.Result is null ? null : JsonElement.Parse(row.Result),
            row.Scenario,
            row.By,
            row.CreatedAt,
            row.EndedAt
        );
}

/// <summary><c>/tasks</c>.</summary>
internal static class TaskEndpoints
{
    private enum State
    {
        Running,
        Done,
        Failed,
        Cancelled,
    }

    public static void MapTasks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tasks", ListAsync)
            .Needs(Role.Viewer)
            .Pages()
            .Takes("scenario", "Those of this scenario.", "integer")
            .Takes("state", "running, done, failed or cancelled.")
            .Produces<Listed<TaskView>>()
            .WithSummary("List tasks, newest first");
        api.MapGet("/tasks/{task}", ReadAsync)
            .Needs(Role.Viewer)
            .Produces<TaskView>()
            .WithSummary("Get a task with its progress and result");
        api.MapPost("/tasks/{task}:cancel", (Delegate)CancelAsync)
            .Needs(Role.Operator)
            .Produces<TaskView>()
            .WithSummary("Cancel a task after the page in progress; what is done stays done");
    }

    /// <summary>202 with the task as it begins.</summary>
    public static async Task<IResult> AcceptedAsync(HttpContext context, Guid id)
    {
        var row = await context
            .RequestServices.GetRequiredService<TaskReads>()
            .FindAsync(context.Viewer(), id, context.RequestAborted)
            ?? throw Refused.NotFound();
        return TypedResults.Accepted($"/api/v1/tasks/{id}", TaskView.Of(row));
    }

    private static async Task<IResult> ListAsync(HttpContext context, TaskReads tasks)
    {
        var query = context.Query();
        var page = await context.PageAsync();
        var scenario = query.Whole("scenario", 1, int.MaxValue, 0);
        var before = page.After is { } after ? Guid.ParseExact(after, "N") : (Guid?)null;
        var rows = await tasks.ListAsync(
            context.Viewer(),
            scenario == 0 ? null : scenario,
            query.OneOf<State>("state") is { } state ? Name<State>.Of(state) : null,
            before,
            page.Limit + 1,
            context.RequestAborted
        );
        return Answer.Ok(page.Of(rows, TaskView.Of, row => row.Id.ToString("N", CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> ReadAsync(HttpContext context, TaskReads tasks)
    {
        var row = await FindAsync(context, tasks);
        var view = TaskView.Of(row);
        return Answer.Ok(
            row is { Kind: "captures", State: not "running" }
                ? view with
                {
                    Result = BatchAnswer.Of(await tasks.OutcomesAsync(context.Caller().Tenant, row.Id, context.RequestAborted)),
                }
                : view
        );
    }

    private static async Task<IResult> CancelAsync(HttpContext context)
    {
        var tasks = context.RequestServices.GetRequiredService<TaskReads>();
        var row = await FindAsync(context, tasks);
        await ScenarioCommandEndpoints.NothingInBodyAsync(context);
        if (
            !await context
                .RequestServices.GetRequiredService<IGrainFactory>()
                .Task(context.Caller().Tenant, row.Id)
                .Cancel(context.Caller().Actor)
        )
            throw new Refused(StatusCodes.Status409Conflict, "taskEnded", "The task has already ended.");
        return await ReadAsync(context, tasks);
    }

    private static async Task<TaskRow> FindAsync(HttpContext context, TaskReads tasks) =>
        Guid.TryParseExact(context.Request.RouteValues["task"] as string, "D", out var id)
            ? await tasks.FindAsync(context.Viewer(), id, context.RequestAborted) ?? throw Refused.NotFound()
            : throw Refused.NotFound();
}
