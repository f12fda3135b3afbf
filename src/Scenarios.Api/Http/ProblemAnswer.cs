using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Scenarios.Engine;

namespace Scenarios.Api.Http;

/// <summary>
/// Problem details (RFC 9457): <c>type</c>, <c>title</c>, <c>status</c>, <c>detail</c>, <c>code</c> and, for faults of a body,
/// <c>errors</c>. The record describes them in the reference; they are written by hand, as they must not fail.
/// </summary>
public sealed record ProblemAnswer(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Code,
    IReadOnlyList<ProblemAnswer.Error>? Errors
)
{
    /// <param name="Path">JSON pointer into the body that was sent.</param>
    /// <param name="Element">Id of the scenario's element at fault.</param>
    public sealed record Error(string Path, string Code, string Message, string? Element);

    public static async Task WriteAsync(
        HttpContext context,
        int status,
        string code,
        string detail,
        IReadOnlyList<Problem>? problems = null,
        TimeSpan? retryAfter = null
    )
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await using var writer = new Utf8JsonWriter(response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteString("type", "urn:scenarios:problem:" + code);
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        writer.WriteNumber("status", status);
        writer.WriteString("detail", detail);
        writer.WriteString("code", code);
        if (problems is { Count: > 0 })
        {
            writer.WriteStartArray("errors");
            foreach (var problem in problems)
            {
                writer.WriteStartObject();
                writer.WriteString("path", problem.Path);
                writer.WriteString("code", problem.Code);
                writer.WriteString("message", problem.Message);
                if (problem.Element is not null)
                    writer.WriteString("element", problem.Element);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        await writer.FlushAsync(context.RequestAborted);
    }

    /// <summary>Bodies for refusals that routing or the server made without one.</summary>
    public static Task WriteForStatusAsync(HttpContext context)
    {
        if (
            context.Response.StatusCode == StatusCodes.Status404NotFound
            && context.GetEndpoint() is null
            && OtherMethods.Of(context) is { Length: > 0 } methods
        )
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = methods;
        }
        return WriteAsync(context);
    }

    private static Task WriteAsync(HttpContext context) =>
        context.Response.StatusCode switch
        {
            404 => WriteAsync(context, 404, "notFound", "There is nothing here, or nothing that this token may see."),
            405 => WriteAsync(context, 405, "methodNotAllowed", "This address does not support the method; see Allow."),
            415 => WriteAsync(context, 415, "unsupportedMediaType", "This content type is not supported here."),
            413 => WriteAsync(context, 413, "tooLarge", "The body is too large."),
            var status => WriteAsync(context, status, "refused", ReasonPhrases.GetReasonPhrase(status) + "."),
        };
}
