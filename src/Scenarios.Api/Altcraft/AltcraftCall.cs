using System.Text.Json;
using Scenarios.Api.Http;
using Scenarios.Engine;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Altcraft;

/// <summary>The token may be in the body, as <c>token</c>, and every answer is Altcraft's envelope with HTTP 200.</summary>
internal sealed record AltcraftCall
{
    private const int MaxDepth = 24;

    public const string Done = "Successful operation";

    public static bool Is(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<AltcraftCall>() is not null;

    /// <summary>The token of the body; null when there is none, or the body is invalid (which is reported later).</summary>
    public static async Task<string?> TokenAsync(HttpContext context)
    {
        var bytes = await RawBody.ReadAsync(context, JsonBody.MaxBytes);
        if (JsonGate.Check(bytes.Span, MaxDepth) is not null)
            return null;
        using var body = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
        return
            body.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("token", out var token)
            && token.ValueKind == JsonValueKind.String
            ? token.GetString()
            : null;
    }

    /// <summary>The body as an object to be read strictly; what every call may say is taken.</summary>
    public static async Task<JsonObjectReader> ReadAsync(HttpContext context, List<Problem> problems)
    {
        var body = (await JsonBody.ReadAsync(context, MaxDepth)).Object(problems);
        body.Names("token");
        if (body.Text("format", 20) is not (null or "json"))
            body.Fault("format", "notSupportedYet", "Answers are JSON.");
        return body;
    }

    /// <summary>A number, which many callers send as text.</summary>
    public static int? Number(JsonObjectReader body, string name, bool required = false, int? otherwise = null)
    {
        if (!body.Has(name, out var value))
        {
            if (required)
                body.Fault(name, "required", $"'{name}' is required.");
            return otherwise;
        }
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString()!,
            _ => "",
        };
        if (
            int.TryParse(
                text,
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out var number
            )
        )
            return number;
        body.Fault(name, "wrongType", "Must be a number.");
        return otherwise;
    }

    /// <summary>The scenario of this number, if the caller sees it.</summary>
    public static async Task<ScenarioHead> ScenarioAsync(HttpContext context, int number) =>
        await context
            .RequestServices.GetRequiredService<ScenarioReads>()
            .HeadAsync(Endpoints.ScenarioOfRequest.Viewer(context), number, context.RequestAborted)
        ?? throw new Refused(StatusCodes.Status404NotFound, "notFound", "No such scenario, or not visible to this token.");

    public static IResult Answer(Action<Utf8JsonWriter>? data = null) =>
        Http.Answer.Written(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("error", 0);
            json.WriteString("error_text", Done);
            data?.Invoke(json);
            json.WriteEndObject();
        });

    /// <summary>401 and 403 as they are, everything else that the caller did wrong as 400.</summary>
    public static IResult Failed(int status, string text) =>
        Http.Answer.Written(json => Write(json, status is 401 or 403 or >= 500 ? status : 400, text));

    public static async Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        await Failed(status, text).ExecuteAsync(context);
    }

    /// <summary>Whatever an endpoint refuses, in the envelope.</summary>
    public static async ValueTask<object?> EnvelopeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Refused refused)
        {
            return Failed(
                refused.Status,
                refused.Problems.Count == 0
                    ? refused.Message
                    : string.Join(" ", refused.Problems.Take(10).Select(p => $"{p.Path}: {p.Message}"))
            );
        }
        catch (Exception e) when (Failures.IsUnavailable(e))
        {
            return Failed(StatusCodes.Status503ServiceUnavailable, "The service cannot do this right now; try again.");
        }
    }

    private static void Write(Utf8JsonWriter json, int error, string text)
    {
        json.WriteStartObject();
        json.WriteNumber("error", error);
        json.WriteString("error_text", text);
        json.WriteEndObject();
    }
}
