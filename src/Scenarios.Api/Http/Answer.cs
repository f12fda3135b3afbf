using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scenarios.Engine.Json;

namespace Scenarios.Api.Http;

/// <summary>
/// How answers are written: camelCase, instants in UTC with microseconds, nulls shown, text not escaped beyond need.
/// </summary>
public static class Answer
{
    /// <summary>For answers that are kept.</summary>
    internal static readonly JsonSerializerOptions Options = Configured();

    internal static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null; // keys of dictionaries are data
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // application/json with nosniff: nothing is ever HTML
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new InstantConverter());
    }

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options);
        return options;
    }

    public static IResult Ok<T>(T value) => TypedResults.Ok(value);

    public static IResult Created<T>(string location, T value) => TypedResults.Created(location, value);

    public static IResult NoContent() => TypedResults.NoContent();

    /// <summary>For answers on hot paths and those whose shape is data.</summary>
    public static IResult Written(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) =>
        new WrittenJson(write, status);

    public static void WriteInstant(this Utf8JsonWriter writer, string name, DateTimeOffset? instant)
    {
        if (instant is { } at)
            writer.WriteString(name, Instants.Format(at));
        else
            writer.WriteNull(name);
    }

    private sealed class WrittenJson(Action<Utf8JsonWriter> write, int status) : IResult
    {
        private static readonly JsonWriterOptions WriterOptions = new()
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await using (var writer = new Utf8JsonWriter(httpContext.Response.BodyWriter, WriterOptions))
                write(writer);
            await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }

    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Instants.TryParse(reader.GetString() ?? "", out var instant)
                ? instant
                : throw new JsonException("Must be an instant.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Instants.Format(value));
    }
}
