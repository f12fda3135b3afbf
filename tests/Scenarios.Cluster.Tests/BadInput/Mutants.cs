using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Scenarios.Cluster.Tests.Security;
using static Scenarios.Engine.Tests.Parsers.Seeds;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// Good requests for every operation of the reference, and what can be done to them: each member null, of another type, at and
/// beyond its limits, left out, doubled, renamed, hostile; each name of the query and each id of the path likewise.
/// </summary>
internal sealed class Mutants
{
    /// <summary>Bodies with every member that there is; the other operations have theirs in <c>access.txt</c>.</summary>
    private static readonly Dictionary<string, string> Rich = new()
    {
        ["POST /api/v1/scenarios"] =
            $$"""{"title": "x", "database": "shop", "definition": {{Definition}}, "settings": {{Settings}}, "about": {{About}} }""",
        ["PUT /api/v1/scenarios/{n}"] =
            $$"""{"title": "x", "definition": {{Definition}}, "settings": {{Settings}}, "about": {{About}}, "note": "why", "moveRuns": {"w1": "w2"} }""",
        ["POST /api/v1/scenarios/{n}:validate"] =
            $$"""{"title": "x", "definition": {{Definition}}, "settings": {{Settings}}, "about": {{About}} }""",
        ["PATCH /api/v1/scenarios/{n}"] = $$"""{"title": "x", "about": {{About}} }""",
        ["POST /api/v1/scenarios/{n}:clone"] = """{"title": "x", "partitions": 3}""",
        ["POST /api/v1/scenarios/{n}:activate"] = """{"clear": false}""",
        ["POST /api/v1/scenarios/{n}:deactivate"] = """{"mode": "end"}""",
        ["POST /api/v1/scenarios/{n}/captures"] =
            $$"""{"profileId": "p", "profile": {{Profile}}, "content": {"a": [1, {"b": null}], "c": 1e3}, "start": "start"}""",
        ["POST /api/v1/scenarios/{n}/captures:batch"] =
            $$"""{"items": [{"profileId": "p", "profile": {{Profile}}, "content": {"a": [1]}, "key": "k"}, {"match": {"field": "tier", "value": "x"} }, {"match": {"email": "b@example.com"}, "profile": {} }]}""",
        ["PUT /api/v1/databases/{db}/profiles/{id}"] = Profile,
        ["PATCH /api/v1/databases/{db}/profiles/{id}"] = Profile,
        ["POST /api/v1/databases"] = """{"name": "x", "fields": [{"name": "a", "type": "text"}], "groups": ["g"]}""",
        ["PATCH /api/v1/databases/{db}"] = """{"fields": [{"name": "a", "type": "text"}], "groups": []}""",
        ["POST /api/v1/tokens"] =
            """{"name": "x", "role": "viewer", "groups": ["g"], "database": "shop", "expiresAt": "2200-01-01T00:00:00Z", "operator": false}""",
        // Without ratePerSecond: a small one would hold off all who come after.
        ["PATCH /api/v1/account"] = """{"timeZone": "Europe/Berlin", "retentionDays": 30}""",
        ["POST /api/v1/scenarios/{n}/runs:bulk"] =
            """{"select": {"element": "w1", "enteredBefore": "2026-11-23T12:00:00Z", "profileIds": ["p"], "runIds": ["0198c5d0-0000-7000-8000-000000000000"]}, "action": "postpone", "until": "2027-01-01T00:00:00Z", "dryRun": true}""",
        ["POST /api/v1/scenarios/{n}/runs/{run}:release"] = """{"output": "next"}""",
        ["POST /api/v1.1/workflows/start"] =
            """{"id": 1, "matching": "email", "email": "a@example.com", "custom_request": {"tier": "x"}, "content": {"a": 1}, "custom_data": {"b": [1]}, "resource_id": 1, "attach": [], "format": "json"}""",
        ["POST /api/v1.1/workflows/import_and_start"] =
            $$"""{"workflow_id": 1, "matching": "email_profile", "email": "a@example.com", "profile_id": 7, "content": {"a": 1}, "skip_triggers": true, "data": {{AltcraftProfile}} }""",
        ["POST /api/v1.1/workflows/import_and_start_batch"] =
            $$"""{"workflow_id": 1, "matching": "custom", "field_name": "tier", "field_value": "x", "data": [{{AltcraftProfile}}, {"tier": "y"}]}""",
        ["POST /api/v1/databases/{db}/profiles:import"] =
            """{"id": "p", "email": "a@example.com", "fields": {"tier": "gold"} }""",
    };

    private static readonly string[] Hostile =
    [
        "null",
        "true",
        "-1",
        "0",
        "1",
        "1.5",
        "255",
        "256",
        "257",
        "1001",
        "1e400",
        "1e-400",
        "-0",
        "2147483648",
        "9223372036854775808",
        "1e1001",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"a\": {}}",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"__proto__\"",
        "\"../..\"",
        "\"{{ 7*7 }}\"",
        "\"{% for\"",
        "\"'; drop table run; --\"",
        "\"a\\r\\nX: y\"",
        "\"9999-12-31T23:59:59+14:00\"",
        "\"0001-01-01T00:00:00-14:00\"",
        "\"24:61\"",
        "\"%00\"",
        "\"http://127.0.0.1/\"",
        "\"\\u2028\\u202e\\ufeff\"",
        "NaN",
        "\"unclosed",
        Text(64),
        Text(65),
        Text(200),
        Text(201),
        Text(256),
        Text(10_001),
        Text(70_000),
        new string('[', 40) + new string(']', 40),
        $"\"{string.Concat(Enumerable.Repeat("😀", 201))}\"",
    ];

    private static readonly string[] Segments =
    [
        "%00",
        "%ff",
        "%20",
        "%2e%2e",
        "..%2f..",
        "a%2fb",
        "%252e",
        "0",
        "-1",
        "01",
        "1e3",
        "2147483648",
        "99999999999999999999",
        "%D9%A3",
        "x:y",
        "'%20or%201=1--",
        "%7B%7B",
        "__proto__",
        new string('a', 300),
        "%F0%9F%98%80",
        "null",
        "00000000-0000-0000-0000-000000000000",
    ];

    private static readonly string[] Values =
    [
        "",
        "%00",
        "%ff",
        "a",
        "-1",
        "0",
        "1001",
        "1e3",
        "true",
        "TRUE",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "%27%20or%201=1--",
        "%25%5F",
        "tier:",
        "n:1e400",
        "n:NaN",
        "b:x",
        "l:a",
        "d:2026",
        "[]",
        "%F0%9F%98%80",
        new string('a', 3000),
    ];

    /// <summary>Every mutant, in an order of its own.</summary>
    public static IEnumerable<BadRequest> Of(JsonElement reference)
    {
        foreach (var path in reference.GetProperty("paths").EnumerateObject().Where(p => IsMutated(p.Name)))
        foreach (var operation in path.Value.EnumerateObject())
        {
            var line = AccessLine.All.Single(l => l.ToString() == $"{operation.Name.ToUpperInvariant()} {path.Name}");
            var hasBody = operation.Value.TryGetProperty("requestBody", out _);
            var body = Rich.GetValueOrDefault(line.ToString(), line.Body ?? "{}")
                .Replace("{new}", "x", StringComparison.Ordinal)
                .Replace("{db}", "shop", StringComparison.Ordinal)
                .Replace("{tomorrow}", "2200-01-01T00:00:00Z", StringComparison.Ordinal);
            if (hasBody)
                foreach (var mutant in Bodies(body))
                    yield return Request(line, path.Name, mutant);
            foreach (
                var parameter in operation.Value.TryGetProperty("parameters", out var parameters)
                    ? parameters.EnumerateArray()
                    : []
            )
            {
                var name = parameter.GetProperty("name").GetString()!;
                if (parameter.GetProperty("in").GetString() == "path")
                    foreach (var segment in Segments)
                        yield return Request(
                            line,
                            path.Name.Replace($"{{{name}}}", segment, StringComparison.Ordinal),
                            hasBody ? body : null
                        );
                if (
                    parameter.GetProperty("in").GetString() == "query"
                    && !path.Name.EndsWith("/stream", StringComparison.Ordinal)
                    && !path.Name.EndsWith("/live", StringComparison.Ordinal)
                )
                    foreach (var value in Values)
                        yield return Request(line, $"{path.Name}?{name}={value}", hasBody ? body : null);
            }
        }
    }

    /// <summary>The bodies themselves, for who changes their bytes.</summary>
    public static IReadOnlyList<BadRequest> Good { get; } =
    [
        .. AccessLine
            .All.Where(l => l.Body is not null && IsMutated(l.Path))
            .Select(l =>
                Request(
                    l,
                    l.Path,
                    Rich.GetValueOrDefault(l.ToString(), l.Body!)
                        .Replace("{new}", "x", StringComparison.Ordinal)
                        .Replace("{db}", "shop", StringComparison.Ordinal)
                )
            ),
        new(0, "POST", Scene.Shop + "/profiles:import", 0, null)
        {
            Type = "text/csv",
            Body = "id,email,tier,n,b,l\r\n1,a@example.com,\"go\"\"ld\",1.5,true,a;b\n2,,x,,,\n"u8.ToArray(),
        },
    ];

    /// <summary>Each value of the body by turns becomes each hostile one, is left out, doubled, and renamed.</summary>
    private static IEnumerable<string> Bodies(string good)
    {
        const string mark = "\"\u00a7here\u00a7\"";
        var count = Places(JsonNode.Parse(good)!).Count();
        for (var i = 0; i < count; i++)
        {
            var root = JsonNode.Parse(good)!;
            var (set, name, former) = Places(root).ElementAt(i);
            set(JsonValue.Create("\u00a7here\u00a7"));
            var text = root.ToJsonString(Relaxed);
            foreach (var value in Hostile)
                yield return text.Replace(mark, value, StringComparison.Ordinal);
            if (name is null)
                continue;
            var member = $"{JsonSerializer.Serialize(name, Relaxed)}:{mark}";
            yield return text.Replace(member, $"\"x\":1", StringComparison.Ordinal);
            yield return text.Replace(
                member,
                $"{JsonSerializer.Serialize(name)}:{former},{JsonSerializer.Serialize(name)}:{former}",
                StringComparison.Ordinal
            );
            yield return text.Replace(
                member,
                $"{JsonSerializer.Serialize(name.ToUpperInvariant())}:{former}",
                StringComparison.Ordinal
            );
            yield return text.Replace("," + member, "", StringComparison.Ordinal)
                .Replace(member + ",", "", StringComparison.Ordinal)
                .Replace(member, "", StringComparison.Ordinal);
        }
    }

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static IEnumerable<(Action<JsonNode?> Set, string? Name, string Former)> Places(JsonNode? node)
    {
        if (node is JsonArray array)
            for (var i = 0; i < array.Count; i++)
            {
                var at = i;
                yield return (value => array[at] = value, null, array[i]?.ToJsonString() ?? "null");
                foreach (var place in Places(array[i]))
                    yield return place;
            }
        if (node is JsonObject members)
            foreach (var (name, inner) in members.ToList())
            {
                yield return (value => members[name] = value, name, inner?.ToJsonString() ?? "null");
                foreach (var place in Places(inner))
                    yield return place;
            }
    }

    /// <summary>
    /// Captures and runs are of the scenario that is active; what may change a scenario goes to the one that is not.
    /// </summary>
    private static BadRequest Request(AccessLine line, string path, string? body)
    {
        var isOfRuns =
            line.Path.Contains("/captures", StringComparison.Ordinal)
            || line.Path.Contains("/runs", StringComparison.Ordinal)
            || line.Path.Contains("/profiles/", StringComparison.Ordinal)
            || line.Method == "GET";
        var address = path.Replace("{n}", isOfRuns ? "1" : "4", StringComparison.Ordinal)
            .Replace("{db}", "shop", StringComparison.Ordinal)
            .Replace("{id}", "p", StringComparison.Ordinal)
            .Replace("{e}", "w1", StringComparison.Ordinal)
            .Replace("{r}", "1", StringComparison.Ordinal)
            .Replace("{token}", "0123456789abcdef", StringComparison.Ordinal);
        return new BadRequest(0, line.Method, address, 0, null)
        {
            Body = body is null ? null : Encoding.UTF8.GetBytes(body),
            Type = line.Path.EndsWith(":import", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json",
            Headers =
                line.Method == "PUT" && line.Path.Contains("/scenarios/", StringComparison.Ordinal)
                    ? [("If-Match", "\"0\", \"1\", \"2\", \"3\"")]
                    : [],
        };
    }

    /// <summary>
    /// Not signing in, since unknown tokens hold their address off, and of Altcraft's calls those that capture.
    /// </summary>
    private static bool IsMutated(string path) =>
        path != "/api/v1/session"
        && (!path.StartsWith("/api/v1.1/", StringComparison.Ordinal) || Rich.ContainsKey("POST " + path));

    private static string Text(int length) => $"\"{new string('x', length)}\"";
}
