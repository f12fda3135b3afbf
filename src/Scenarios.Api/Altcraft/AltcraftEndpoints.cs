using System.Text.Json;
using Scenarios.Api.Captures;
using Scenarios.Api.Endpoints;
using Scenarios.Api.Http;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Altcraft;

/// <summary>
/// Altcraft's scenario calls over our own handlers, so that a caller changes one host name (docs/altcraft.md says what is
/// understood). A thin adapter: it turns their words into a capture, a batch or a command of ours, and the answer into theirs.
/// </summary>
internal static class AltcraftEndpoints
{
    public static void MapAltcraft(this IEndpointRouteBuilder app)
    {
        var calls = app.MapGroup("/api/v1.1/workflows")
            .WithTags("Altcraft")
            .WithMetadata(new AltcraftCall())
            .AddEndpointFilter(AltcraftCall.EnvelopeAsync);
        RequestLimits.GiveEach(calls);
        calls
            .MapPost("/start", (Delegate)StartAsync)
            .Needs(Role.Operator)
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Put a profile that exists into a scenario");
        calls
            .MapPost("/import_and_start", (Delegate)ImportAsync)
            .Needs(Role.Operator)
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Merge a profile and put it into a scenario");
        calls
            .MapPost("/import_and_start_batch", (Delegate)BatchAsync)
            .Needs(Role.Operator)
            .TakesMany()
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Merge many profiles and put them into a scenario");
        calls
            .MapPost("/import_and_start_batch_task", (Delegate)BatchTaskAsync)
            .Needs(Role.Operator)
            .TakesMany()
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Merge many profiles and put them into a scenario, as a task");
        calls
            .MapPost("/list", ListAsync)
            .Needs(Role.Viewer)
            .IsSlow()
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("List scenarios with their elements");
        calls
            .MapPost("/activate", (Delegate)ActivateAsync)
            .Needs(Role.Operator)
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Activate a scenario");
        calls
            .MapPost("/deactivate", (Delegate)DeactivateAsync)
            .Needs(Role.Operator)
            .KeepsKeysItself()
            .Body<JsonElement>()
            .Produces<JsonElement>()
            .WithSummary("Stop a scenario");
    }

    private static async Task<IResult> StartAsync(HttpContext context)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var number = AltcraftCall.Number(body, "id", required: true);
        var matching = AltcraftProfile.Matching(body, AltcraftMatching.Email);
        var content = Content(body);
        foreach (var name in (string[])["attach", "subscription_filter"])
            if (
                body.Has(name, out var value)
                    && value is not { ValueKind: JsonValueKind.Array } and not { ValueKind: JsonValueKind.Object }
                || body.Has(name, out value) && value.GetRawText().Length > 2
            )
                body.Fault(name, "notSupportedYet", "Messages are not supported yet.");
        body.Names("resource_id");
        var custom = body.Has("custom_request", out var query) ? query : (JsonElement?)null;
        var identity = Identity(body);
        if (custom is { } asked)
        {
            // Only plain equality: whatever else a query document could say is refused, and nothing of it goes anywhere.
            var equalities = asked.ValueKind == JsonValueKind.Object ? asked.EnumerateObject().ToList() : [];
            if (
                equalities is not [{ Value.ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) } only]
                || only.Name.StartsWith('$')
            )
                body.Fault("custom_request", "notSupportedYet", "Must be one field and the value that it equals.");
            else
                (matching, identity) = only.Name switch
                {
                    "email" or "phone" => (only.Name == "email" ? AltcraftMatching.Email : AltcraftMatching.Phone, asked),
                    "_id" or "profile_id" => (
                        AltcraftMatching.ProfileId,
                        AltcraftProfile.Written(json => Pair(json, "profile_id", only.Value))
                    ),
                    var field => (
                        AltcraftMatching.Custom,
                        AltcraftProfile.Written(json =>
                        {
                            json.WriteStartObject();
                            json.WriteString("field_name", field);
                            json.WritePropertyName("field_value");
                            only.Value.WriteTo(json);
                            json.WriteEndObject();
                        })
                    ),
                };
        }
        body.Done();
        Refused.If(problems);
        return await CaptureAsync(context, number!.Value, (json, scenario) =>
            AltcraftProfile.Write(json, matching!.Value, identity, null, content, scenario.Fields)
        );
    }

    private static async Task<IResult> ImportAsync(HttpContext context)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var (number, matching) = Import(body);
        var content = Content(body);
        var data = body.Object("data", required: true) is not null && body.Has("data", out var given) ? given : default;
        var identity = Identity(body);
        body.Done();
        Refused.If(problems);
        return await CaptureAsync(context, number, (json, scenario) =>
            AltcraftProfile.Write(json, matching, identity, data, content, scenario.Fields)
        );
    }

    private static async Task<IResult> BatchAsync(HttpContext context)
    {
        var (batch, _) = await ReadBatchAsync(context);
        await batch.SendAsync(context.RequestAborted);
        return AltcraftCall.Answer(json =>
        {
            json.WriteStartArray("data");
            foreach (var (outcome, profile) in batch.Outcomes)
                Write(json, outcome, profile);
            json.WriteEndArray();
        });
    }

    private static async Task<IResult> BatchTaskAsync(HttpContext context)
    {
        var (batch, number) = await ReadBatchAsync(context);
        var id = await CaptureEndpoints.BeginAsync(context, number, batch);
        return AltcraftCall.Answer(json =>
        {
            json.WriteStartObject("data");
            json.WriteString("id", id);
            json.WriteEndObject();
        });
    }

    private static async Task<IResult> ListAsync(HttpContext context, AltcraftList scenarios)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var from = AltcraftCall.Number(body, "from_id", otherwise: 1)!.Value;
        var limit = Math.Clamp(AltcraftCall.Number(body, "limit", otherwise: 1000)!.Value, 1, 1000);
        string[]? Texts(string name) =>
            body.Has(name, out _)
                ?
                [
                    .. body.Array(name, 100)
                        .Select(t => t.Value.ValueKind == JsonValueKind.String ? t.Value.GetString()! : t.Value.GetRawText()),
                ]
                : null;
        var (groups, ids, tags) = (Texts("groups"), Texts("groups_id"), Texts("ui_tags"));
        body.Names("attributes");
        body.Done();
        Refused.If(problems);
        var (rows, total) = await scenarios.PageAsync(
            context.Viewer(),
            from,
            limit,
            groups,
            ids?.Select(id => int.TryParse(id, out var n) ? n : -1).ToArray(),
            tags,
            context.RequestAborted
        );
        return AltcraftCall.Answer(json =>
        {
            json.WriteStartArray("data");
            foreach (var row in rows.Take(limit))
                row.Write(json);
            json.WriteEndArray();
            json.WriteNumber("next_from_id", rows.Count > limit ? rows[limit].Number : 0);
            json.WriteNumber("total", total);
        });
    }

    private static async Task<IResult> ActivateAsync(HttpContext context)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var number = AltcraftCall.Number(body, "id", required: true);
        var clear = body.Flag("skip_profiles") ?? false;
        body.Done();
        Refused.If(problems);
        var scenario = await AltcraftCall.ScenarioAsync(context, number!.Value);
        var answer = await context.Grain(scenario).Activate(new Activate(clear, DryRun: false, context.Caller().Actor));
        return answer.Refusal is { } refusal ? throw Refused.Of(refusal) : AltcraftCall.Answer();
    }

    private static async Task<IResult> DeactivateAsync(HttpContext context)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var number = AltcraftCall.Number(body, "id", required: true);
        body.Done();
        Refused.If(problems);
        var scenario = await AltcraftCall.ScenarioAsync(context, number!.Value);
        var answer = await context.Grain(scenario).Deactivate(null, context.Caller().Actor);
        return answer.Refusal is { } refusal ? throw Refused.Of(refusal) : AltcraftCall.Answer();
    }

    /// <summary>What all imports say besides the profile.</summary>
    private static (int Number, AltcraftMatching Matching) Import(JsonObjectReader body)
    {
        var number = AltcraftCall.Number(body, "workflow_id", required: true);
        var matching = AltcraftProfile.Matching(body, null);
        foreach (var ignored in (string[])["skip_triggers", "skip_invalid_subscriptions", "detect_geo"])
            body.Names(ignored);
        return (number ?? 0, matching ?? AltcraftMatching.Email);
    }

    private static async Task<(CaptureBatch Batch, int Number)> ReadBatchAsync(HttpContext context)
    {
        var problems = new List<Problem>();
        var body = await AltcraftCall.ReadAsync(context, problems);
        var (number, matching) = Import(body);
        var content = Content(body);
        var list = body.Has("data", out _) ? "data" : "profiles";
        body.Names("profiles");
        var profiles = body.Array(list, CaptureBatch.MaxItems, required: true, min: 1);
        var identity = Identity(body);
        body.Done();
        Refused.If(problems);
        await context.PayAsync(profiles.Count - 1);
        var scenario = await ScenarioAsync(context, number);
        var items = AltcraftProfile.Written(json =>
        {
            json.WriteStartArray();
            foreach (var (profile, _) in profiles)
            {
                var own =
                    profile.ValueKind == JsonValueKind.Object && profile.TryGetProperty("content", out var carried)
                        ? carried
                        : content;
                AltcraftProfile.Write(
                    json,
                    matching,
                    AltcraftProfile.IdentityOf(matching, identity, profile),
                    profile,
                    own,
                    scenario.Fields
                );
            }
            json.WriteEndArray();
        });
        var batch = new CaptureBatch(
            context.Caller().Tenant,
            scenario,
            Idempotency.KeyOf(context.Request),
            context.RequestServices.GetRequiredService<MatchResolver>(),
            context.RequestServices.GetRequiredService<CaptureSender>()
        );
        batch.Read(items, scenario.Fields, context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        return (batch, number);
    }

    /// <summary>One capture, as a batch of one: it is read, looked for and sent like any other.</summary>
    private static async Task<IResult> CaptureAsync(
        HttpContext context,
        int number,
        Action<Utf8JsonWriter, ScenarioAddress> write
    )
    {
        var scenario = await ScenarioAsync(context, number);
        var items = AltcraftProfile.Written(json =>
        {
            json.WriteStartArray();
            write(json, scenario);
            json.WriteEndArray();
        });
        var batch = new CaptureBatch(
            context.Caller().Tenant,
            scenario,
            Idempotency.KeyOf(context.Request),
            context.RequestServices.GetRequiredService<MatchResolver>(),
            context.RequestServices.GetRequiredService<CaptureSender>()
        );
        batch.Read(items, scenario.Fields, context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        await batch.SendAsync(context.RequestAborted);
        var (outcome, profile) = batch.Outcomes.First();
        if (outcome.Problem is { } problem)
            throw Refused.Invalid(
                problem.Path.Replace("/items/0", "", StringComparison.Ordinal),
                problem.Code,
                problem.Message
            );
        if (
            outcome.Outcome.Result == CaptureResult.Declined
            && outcome.Outcome.Reason
                is DeclineReason.ProfileNotFound
                    or DeclineReason.AmbiguousMatch
                    or DeclineReason.Inactive
                    or DeclineReason.StartDisabled
        )
            throw new Refused(StatusCodes.Status422UnprocessableEntity, outcome.Outcome.Reason, outcome.Outcome.Reason);
        if (outcome.Outcome.Result is not (CaptureResult.Accepted or CaptureResult.Declined))
        {
            var (status, code, detail) = CaptureAnswer.RefusalOf(outcome.Outcome);
            throw new Refused(status, code, detail);
        }
        return AltcraftCall.Answer(json =>
        {
            json.WriteString("profile_id", profile);
            json.WritePropertyName("data");
            Write(json, outcome, profile);
        });
    }

    private static void Write(Utf8JsonWriter json, BatchOutcome item, string? profile)
    {
        json.WriteStartObject();
        if (profile is { Length: > 0 })
            json.WriteString("profile_id", profile);
        json.WriteBoolean("accepted", item.Problem is null && item.Outcome.Result == CaptureResult.Accepted);
        if (item.Problem is { } problem)
        {
            json.WriteNumber("error", StatusCodes.Status400BadRequest);
            json.WriteString("error_text", $"{problem.Path}: {problem.Message}");
        }
        else if (item.Outcome.Result == CaptureResult.Accepted)
            json.WriteString("run_id", item.Outcome.RunId);
        else
            json.WriteString(
                "reason",
                item.Outcome.Result == CaptureResult.Declined ? item.Outcome.Reason : CaptureAnswer.RefusalOf(item.Outcome).Code
            );
        json.WriteEndObject();
    }

    private static async Task<ScenarioAddress> ScenarioAsync(HttpContext context, int number)
    {
        await AltcraftCall.ScenarioAsync(context, number);
        return await context
            .RequestServices.GetRequiredService<ScenarioDirectory>()
            .FindAsync(context.Caller().Tenant, number, anew: true)
            ?? throw Refused.NotFound();
    }

    /// <summary>What the capture carries: <c>content</c>, and beside it <c>custom_data</c>.</summary>
    private static JsonElement? Content(JsonObjectReader body)
    {
        var content = body.Object("content") is not null && body.Has("content", out var given) ? given : (JsonElement?)null;
        if (body.Object("custom_data") is null || !body.Has("custom_data", out var custom))
            return content;
        return AltcraftProfile.Written(json =>
        {
            json.WriteStartObject();
            if (content is { } carried)
                foreach (var member in carried.EnumerateObject().Where(m => m.Name != "custom_data"))
                    member.WriteTo(json);
            json.WritePropertyName("custom_data");
            custom.WriteTo(json);
            json.WriteEndObject();
        });
    }

    private static JsonElement Identity(JsonObjectReader body) =>
        AltcraftProfile.Written(json =>
        {
            json.WriteStartObject();
            foreach (var name in (string[])["email", "phone", "profile_id", "field_name", "field_value"])
                if (body.Has(name, out var value))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
            json.WriteEndObject();
        });

    private static void Pair(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WriteStartObject();
        json.WritePropertyName(name);
        value.WriteTo(json);
        json.WriteEndObject();
    }
}
