using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Scenarios.Api.Altcraft;
using Scenarios.Api.Captures;
using Scenarios.Api.Http;
using Scenarios.Api.Import;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Runs;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Tests.Parsers;
using Scenarios.Engine.Tests.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Fuzz;

/// <summary>A parser took something and did not do what it promises.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception(promise);

/// <summary>A parser, and what it is begun with.</summary>
/// <param name="Words">What bytes changed by chance would hardly come to.</param>
/// <param name="Take">Parses, and holds what comes of it to what is promised. Throws else.</param>
internal sealed record Parser(string Name, IReadOnlyList<byte[]> Seeds, IReadOnlyList<string> Words, Action<byte[]> Take)
{
    public Parser(string name, string[] seeds, string[] words, Action<byte[]> take)
        : this(name, [.. seeds.Select(Encoding.UTF8.GetBytes)], words, take) { }
}

/// <summary>
/// The parsers that are pure, each with its promises: a refusal has a code and a path, what is written is read back as it was,
/// and nothing throws.
/// </summary>
internal static partial class Parsers
{
    private static readonly string[] JsonWords =
    [
        "null",
        "true",
        "false",
        "-1",
        "0",
        "1e400",
        "9007199254740993",
        "\"\"",
        "[]",
        "{}",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\\u0061",
        "\"id\": ",
        "\"2026-11-23\"",
        "\"2026-11-23T12:00:00.1234567+14:00\"",
        "\"Europe/Berlin\"",
        "\"{{ content.x }}\"",
        "__proto__",
    ];

    private const string Rules = """
        {"all": [{"field": "n", "op": "between", "value": [1, 2.5]}, {"not": {"field": "d", "op": "before", "value": "2026-11-23"}}, {"any": [{"content": "a.0.b", "op": "in", "value": ["x", 1]},
         {"scenario": {"number": 3, "is": "was"}}, {"subscription": {"channel": "email", "resource": "news", "status": "pending"}}, {"step": "h.k", "op": "exists"}, {"field": "t", "op": "withinNextDays", "value": 3}]}]}
        """;

    private const string RuleFields =
            """{"tier": "gold", "n": 1.5, "b": true, "d": "2026-11-23", "t": "2026-11-23T12:00:00Z", "l": ["a", 1]}""",
        RuleContent = """{"a": [{"b": "x"}], "x": "<\"'&>", "l": [1, "a", null, {"b": []}]}""",
        RuleKept = """{"h": {"k": 1}}""";

    private static readonly Facts Facts = Some.Scope(RuleContent, RuleFields, RuleKept).Facts with
    {
        FieldTypes = Seeds.Fields,
    };

    private static readonly Cursor Key = new("of the fuzz"u8.ToArray(), "list\n");

    public static readonly IReadOnlyList<Parser> All =
    [
        new(
            "definition",
            [Seeds.Definition],
            [
                .. JsonWords,
                "wait",
                "\"until\": ",
                "\"duration\": {\"days\": 1}",
                "exclusive",
                "\"from\": \"start\"",
                "\"output\": \"next\"",
                "\"draw\": \"eachEntry\"",
                "\"at\": \"24:00\"",
            ],
            Definition
        ),
        new(
            "settings",
            [Seeds.Settings],
            [
                .. JsonWords,
                "afterExit",
                "restart",
                "parallel",
                "clockRuns",
                "account",
                "scenario",
                "24:00",
                "\"hours\": ",
                "\"minutes\": ",
                "\"seconds\": ",
            ],
            Settings
        ),
        new("about", [Seeds.About], JsonWords, About),
        new(
            "rules",
            [Rules],
            [
                .. JsonWords,
                .. Name<RuleOperator>.All.Select(op => $"\"{op}\""),
                "\"value\": ",
                "email",
                "phone",
                "timeZone",
                "\"any\": [",
                "\"not\": {",
                "never",
                "completed",
            ],
            RulesOf
        ),
        new(
            "liquid",
            [
                "{{ profile.id | upcase }}{% for i in (1..3) %}{{ i }}{% endfor %}",
                "{% if content.x == 'a' %}{{ content.l | json }}{% else %}{{ now | date: '%Y' }}{% endif %}",
                "{% assign x = 'a,b' | split: ',' %}{{ x | join: ';' }}{apicontent.a.b}",
            ],
            Seeds.Liquid,
            Liquid
        ),
        new(
            "csv",
            [
                "id,email,tier,n,b,l,d,t\r\n1,a@example.com,\"go\"\"ld\",1.5,true,a;b,2026-11-23,2026-11-23T12:00:00Z\r\n"
                    + "2,,x,,,,,\n",
                "\uFEFFid,phone,timeZone\r1,+4915112345678,Europe/Berlin\r",
            ],
            ["\"", "\"\"", "\r\n", "\r", ",", ";", "id", "\uFEFF", "1e400", "true", "\0"],
            Csv
        ),
        new(
            "ndjson",
            [$"{{\"id\": \"1\", {Seeds.Profile.Trim()[1..].ReplaceLineEndings(" ")}\n\n{{\"id\": \"2\", \"email\": null}}\r\n"],
            [.. JsonWords, "\n", "\uFEFF"],
            input => Import(NdjsonImport.ReadAsync, input)
        ),
        new(
            "capture",
            [
                $$"""{"profileId": "p", "profile": {{Seeds.Profile}}, "content": {"a": [1, {"b": null}], "c": 1e3}, "start": "start", "key": "k"}""",
                """{"match": {"field": "tier", "value": "x"}}""",
                """{"match": {"email": "b@example.com"}}""",
            ],
            [.. JsonWords, "{\"$set\": ", "[[[[[[[[[[[[[[[[[", "subscription"],
            Capture
        ),
        new(
            "altcraft",
            [
                $$"""{"email": "a@example.com", "phone": "+49151", "profile_id": 7, "field_name": "tier", "field_value": 1, "data": {{Seeds.AltcraftProfile}}, "content": {"a": 1} }""",
            ],
            [.. JsonWords, "\"phones\": [", "\"cc_data\": {", "\"subscription_id\": ", "_city"],
            Altcraft
        ),
        new("cursor", [Key.Encode("2026-11-23T12:00:00.000000Z 0198c5d0"), Key.Encode("")], ["=", "-", "_", "AAAA"], Cursor),
        new(
            "instant",
            [
                "2026-11-23T12:00:00Z",
                "2026-02-28t23:59:59.1234567+14:00",
                "0001-01-01T00:00:00-00:00",
                "2026-11-23",
                "a@example.com",
                "+4915112345678",
            ],
            ["-", ":", "T", "Z", "+", ".", "9999", "24", "60", " "],
            Instant
        ),
        new(
            "json",
            [Seeds.Definition, """{"b": 1.0, "a": "\u00e9\ud83d\ude00", "c": [-0, 1E+5, null, {"": "\""}]}"""],
            JsonWords,
            Json
        ),
        new(
            "url",
            ["https://example.com:8443/a%20b?x=1", "http://[::ffff:10.0.0.1]/", "http://0x7f.1/", "http://①②⑦.⓪.⓪.①/"],
            [
                "://",
                "//",
                "\\",
                "@",
                "#",
                "%",
                "[",
                "]",
                ":",
                "localhost",
                "169.254.169.254",
                "2130706433",
                "[fe80::1%25lo]",
                "xn--",
                "。",
                "\t",
            ],
            Url
        ),
    ];

    private static void Definition(byte[] input)
    {
        using var json = Gate(input, 32);
        if (json is null)
            return;
        List<Problem> problems = [];
        var definition = DefinitionReader.Read(json.RootElement, "/definition", problems, Template.Check, NetworkRules.Default);
        Refuses(problems, "/definition", definition is null);
        if (definition is null)
            return;
        var told = Validator.Validate(definition, Seeds.Fields);
        // The same in other words: what is stored is read again by all who come after.
        using var again = JsonDocument.Parse(CanonicalJson.Of(input));
        var stored = DefinitionReader.Read(again.RootElement, "/definition", problems, _ => null);
        Must(
            stored is not null && told.SequenceEqual(Validator.Validate(stored, Seeds.Fields)),
            "what was saved is read back with the same meaning"
        );
        Must(
            definition
                .Elements.Zip(stored!.Elements)
                .All(e =>
                    e.First.Id == e.Second.Id
                    && e.First.GetType() == e.Second.GetType()
                    && e.First.Outputs.SequenceEqual(e.Second.Outputs)
                ),
            "the elements are read back"
        );
        Must(definition.Links.SequenceEqual(stored.Links), "the links are read back");
    }

    private static void Settings(byte[] input)
    {
        if (Read(input, ScenarioSettings.Read) is { } settings)
            Must(Read(Written(settings.Write), ScenarioSettings.Read) == settings, "settings are read back");
    }

    private static void About(byte[] input)
    {
        if (Read(input, Scenarios.Engine.Definitions.About.Read) is not { } about)
            return;
        var written = Written(about.Write);
        Must(
            written.AsSpan().SequenceEqual(Written(Read(written, Scenarios.Engine.Definitions.About.Read)!.Write)),
            "what people say is read back"
        );
    }

    private static void RulesOf(byte[] input)
    {
        if (Read(input, (json, path, problems) => RuleReader.Read(json, path, problems)) is not { } rule)
            return;
        var seen = new List<Observation>();
        var holds = RuleEvaluator.Holds(rule, Facts, Some.At, seen);
        Must(holds == RuleEvaluator.Holds(rule, Facts, Some.At), "a rule holds or does not");
        Must(
            seen.All(s => s.Seen is not { Length: > 201 } && s.Expected is not { Length: > 201 }),
            "the trail has short values"
        );
        Must(holds != RuleEvaluator.Holds(new Not(rule), Facts, Some.At), "not is not");
    }

    private static void Liquid(byte[] input)
    {
        try
        {
            var text = Some.Render(
                Encoding.UTF8.GetString(input),
                RuleContent,
                Enum.GetValues<Place>()[input.Length % 4],
                RuleFields,
                RuleKept
            );
            Must(text.Length <= TemplateLimits.OutputCharacters, "the output is within its limit");
        }
        catch (TemplateException e)
        {
            Must(e.Code.Length > 0 && !e.Message.Contains("Fluid", StringComparison.Ordinal), "a refusal is told in our words");
        }
    }

    private static void Csv(byte[] input)
    {
        Import(CsvImport.ReadAsync, input);
        var good = Records(input).Where(r => r.Fault is null).ToList();
        var written = string.Concat(
            good.Select(r =>
                string.Join(',', r.Cells.Select(c => $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\r\n"
            )
        );
        Must(
            good.Select(r => r.Cells)
                .SequenceEqual(
                    Records(Encoding.UTF8.GetBytes(written)).Select(r => r.Cells),
                    EqualityComparer<string[]>.Create((a, b) => a.AsSpan().SequenceEqual(b))
                ),
            "records are read back"
        );
    }

    private static IEnumerable<CsvRecord> Records(byte[] input)
    {
        var records = new CsvRecords(new MemoryStream(input));
        while (records.ReadAsync(default).AsTask().GetAwaiter().GetResult() is { } record)
            yield return record;
    }

    /// <summary>The same from a stream that gives all at once, and from one that gives a few bytes at a time.</summary>
    private static void Import(
        Func<Stream, DatabaseFields, TimeProvider, CancellationToken, IAsyncEnumerable<ImportRecord>> read,
        byte[] input
    )
    {
        var (whole, dribbled) = (Told(new MemoryStream(input)), Told(new Dribble(input)));
        Must(whole.SequenceEqual(dribbled), "records do not depend on how the bytes come");

        List<string> Told(Stream source)
        {
            var told = new List<string>();
            var line = 0L;
            try
            {
                foreach (var record in read(source, Seeds.Fields, TimeProvider.System, default).ToBlockingEnumerable())
                {
                    Must(record.Line > line, "records have their lines in order");
                    line = record.Line;
                    Refuses(record.Problems, "", record.Edit is null);
                    told.Add($"{record.Line} {record.Edit?.Id} {record.Edit?.Head} {string.Join(' ', record.Problems)}");
                }
            }
            catch (Refused e)
            {
                Refuses(e.Problems, "", e.Status == 422);
                told.Add(e.Message);
            }
            return told;
        }
    }

    private static void Capture(byte[] input)
    {
        if (
            Read(input, (json, path, problems) =>
                CaptureReader.Read(json, path, inBatch: true, Seeds.Fields, Some.At, problems)
            )
            is not { } capture
        )
            return;
        Must((capture.ProfileId is null) != (capture.Match is null), "it is somebody's");
        if (capture.Content is { } content)
            Must(JsonGate.Check(Encoding.UTF8.GetBytes(content), CaptureReader.MaxContentDepth) is null, "content can be kept");
    }

    /// <summary>Whatever Altcraft's words are, ours are written, to be read as strictly as any others.</summary>
    private static void Altcraft(byte[] input)
    {
        using var json = Gate(input, 24);
        if (json is null)
            return;
        var data =
            json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("data", out var given)
                ? given
                : json.RootElement;
        foreach (var matching in Enum.GetValues<AltcraftMatching>())
        {
            var identity = AltcraftProfile.IdentityOf(matching, json.RootElement, data);
            var written = AltcraftProfile.Written(writer =>
                AltcraftProfile.Write(writer, matching, identity, data, data, Seeds.Fields)
            );
            List<Problem> problems = [];
            var capture = CaptureReader.Read(written, "", inBatch: true, Seeds.Fields, Some.At, problems);
            Refuses(problems, "", capture is null);
        }
    }

    private static void Cursor(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (text.Length < 2000)
            Must(Key.Decode(Key.Encode(text)) == text, "a cursor is read back");
        try
        {
            Must(Key.Encode(Key.Decode(text)) == text, "only what was given out is taken");
        }
        catch (Refused e)
        {
            Must((e.Status, e.Code) == (400, "invalidCursor"), "a refusal has its code");
        }
    }

    private static void Instant(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (Instants.TryParse(text, out var instant))
        {
            Must(Rfc3339().IsMatch(text), "only RFC 3339 is taken");
            Must(
                Instants.TryParse(Instants.Format(instant), out var again) && instant - again is { Ticks: >= 0 and < 10 },
                "an instant is read back"
            );
        }
        if (Moment.TryParse(text, out var moment))
            Must(
                moment.CompareTo(moment, NodaTime.DateTimeZone.Utc) == 0 && moment.DateIn(NodaTime.DateTimeZone.Utc).Year > 1,
                "every zone can show a moment"
            );
        if (Contact.IsEmail(text) || Contact.IsPhone(text) || Names.IsId(text))
            Must(!text.Any(char.IsControl), "no line end");
        if (Contact.CheckId(text) is null)
            Must(JsonObjectReader.LengthOf(text) is >= 1 and <= Contact.MaxIdLength, "an id has its length");
    }

    private static void Json(byte[] input)
    {
        using var json = Gate(input, 16);
        if (json is null)
            return;
        var once = CanonicalJson.Of(input);
        Must(JsonGate.Check(once, 16) is null, "the gate lets canonical JSON through");
        Must(once.AsSpan().SequenceEqual(CanonicalJson.Of(once)), "canonical JSON is its own");
        using var same = JsonDocument.Parse(once);
        Must(JsonElement.DeepEquals(json.RootElement, same.RootElement), "canonical JSON means the same");
        Numbers(json.RootElement);
    }

    private static void Numbers(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
            foreach (var item in json.EnumerateArray())
                Numbers(item);
        if (json.ValueKind == JsonValueKind.Object)
            foreach (var member in json.EnumerateObject())
                Numbers(member.Value);
        if (json.ValueKind != JsonValueKind.Number)
            return;
        Must(ExactNumber.Compare(json, json) == 0, "a number is itself");
        if (FieldValues.IsNumberInRange(json))
            Must(
                ExactNumber
                    .Of(json)
                    .CompareTo(
                        ExactNumber.Parse(Encoding.UTF8.GetBytes(json.GetDecimal().ToString(CultureInfo.InvariantCulture)))
                    ) == 0,
                "a number that a field can hold is kept by its digits"
            );
    }

    private static void Url(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var fault = WebhookUrl.Fault(text, NetworkRules.Default, out var url);
        Must(
            (fault is null) == (url is not null) && fault is null or "invalidUrl" or "addressNotAllowed",
            "a refusal has its code"
        );
        if (url is null)
            return;
        Must(
            url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Fragment.Length == 0 && url.Port > 0,
            "only what can be called is taken"
        );
        if (IPAddress.TryParse(url.DnsSafeHost, out var address))
            Must(NetworkRules.Default.Allows(address), "no denied address is taken");
        Must(
            WebhookUrl.Fault(url.AbsoluteUri, NetworkRules.Default, out _) is null
                || url.AbsoluteUri.Length > WebhookUrl.MaxCharacters,
            "what is called is what was judged"
        );
    }

    /// <summary>Null when it does not get through the gate, which then says why.</summary>
    private static JsonDocument? Gate(byte[] input, int depth)
    {
        if (JsonGate.Check(input, depth) is not { } fault)
            return JsonDocument.Parse(input);
        Refuses([fault], "", isRefused: true);
        return null;
    }

    private static T? Read<T>(byte[] input, Func<JsonElement, string, List<Problem>, T?> read)
        where T : class
    {
        using var json = Gate(input, 16);
        if (json is null)
            return null;
        List<Problem> problems = [];
        var value = read(json.RootElement, "/at", problems);
        Refuses(problems, "/at", value is null);
        return value;
    }

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return buffer.ToArray();
    }

    private static void Refuses(IReadOnlyList<Problem> problems, string path, bool isRefused)
    {
        Must(isRefused == problems.Count > 0, "it is taken, or there is a problem");
        Must(
            problems.All(p =>
                p.Path.StartsWith(path, StringComparison.Ordinal)
                && JsonPointer.IsValid(p.Path)
                && p.Code.Length > 0
                && p.Message.Length > 0
            ),
            "a problem has a path, a code and a message"
        );
    }

    private static void Must(bool holds, string promise)
    {
        if (!holds)
            throw new BrokenPromiseException(promise);
    }

    /// <summary>Gives one byte, then two, up to seven, and again.</summary>
    private sealed class Dribble(byte[] bytes) : MemoryStream(bytes)
    {
        private int _most;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (_most++ % 7))], cancellationToken);
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Rfc3339();
}
