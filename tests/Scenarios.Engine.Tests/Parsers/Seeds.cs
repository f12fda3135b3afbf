using Scenarios.Engine.Definitions;

namespace Scenarios.Engine.Tests.Parsers;

/// <summary>
/// Good inputs with every member that there is, for all who then spoil them: properties, mutants of requests, and the fuzz.
/// </summary>
internal static class Seeds
{
    public const string Definition = """
        {"elements": [{"id": "start", "type": "apiCall", "name": "Default", "settings": {"enabled": true}},
          {"id": "w1", "type": "wait", "settings": {"field": {"name": "d", "offset": {"days": 3}, "before": true, "at": "09:00"}, "zone": "profile", "past": "exit"}},
          {"id": "w2", "type": "wait", "settings": {"window": {"weekdays": [1, 5], "from": "22:00", "to": "06:00"}, "zone": "Europe/Berlin"}},
          {"id": "w3", "type": "wait", "settings": {"until": "2026-11-23T12:00:00Z"}},
          {"id": "c", "type": "condition", "settings": {"branches": [{"output": "a", "rules": {"all": [{"field": "n", "op": "between", "value": [1, 2.5]}, {"not": {"field": "d", "op": "before", "value": "2026-11-23"}},
             {"any": [{"content": "a.0.b", "op": "in", "value": ["x", 1]}, {"scenario": {"number": 3, "is": "was"}}, {"subscription": {"channel": "email", "status": "pending"}}]}]}}]}},
          {"id": "s", "type": "split", "settings": {"branches": [{"output": "a", "percent": 33.5}, {"output": "b", "percent": 66.5}], "draw": "stable"}},
          {"id": "h", "type": "webhook", "settings": {"method": "PUT", "url": "https://example.com:8443/{{ profile.id }}?x=1", "headers": {"X-A": "b"}, "body": "{}", "timeout": 5, "retries": 2, "keep": {"k": "/a/b"}}},
          {"id": "u", "type": "updateProfile", "settings": {"set": {"tier": "x"}, "add": {"l": ["a", 1]}, "increment": {"n": 1}, "subscriptions": [{"channel": "email", "status": "subscribed", "at": "2026-11-23T12:00:00Z"}]}},
          {"id": "g", "type": "goto", "settings": {"scenario": 4, "start": "start"}}, {"id": "e", "type": "end", "settings": {"goal": "done"}}],
         "links": [{"from": "start", "output": "next", "to": "w1"}, {"from": "w1", "output": "next", "to": "c"}, {"from": "c", "output": "a", "to": "s"}, {"from": "s", "output": "b", "to": "w1"}], "layout": {"start": {"x": 1, "y": -2.5}}, "bin": []}
        """;

    public const string Settings = """
        {"reentryMode": "never", "freezeOnDeactivate": true, "frozenWaits": "clockStops", "resumeRate": 10, "timeZone": "Europe/Berlin", "quietHours": {"from": "22:00", "to": "08:00", "zone": "profile"},
         "coolDown": {"days": 1}, "maxEntries": {"count": 3, "per": {"days": 7}}, "controlPercent": 5, "partitions": 8}
        """;

    public const string Profile = """
        {"email": "a@example.com", "phone": "+4915112345678", "timeZone": "Europe/Berlin", "fields": {"tier": "gold", "n": 1.5, "b": true, "d": "2026-11-23", "t": "2026-11-23T12:00:00Z", "l": ["a", 1]},
         "subscriptions": [{"channel": "email", "resource": "news", "address": "a@example.com", "status": "subscribed", "at": "2026-11-23T12:00:00Z"}]}
        """;

    public const string AltcraftProfile = """
        {"profile_id": 7, "email": "a@example.com", "phones": ["+4915112345678"], "_tz": "Europe/Berlin", "_fname": "Ann", "tier": "gold", "n": 1.5, "l": ["a", 1], "content": {"a": 1},
         "subscriptions": [{"channel": "email", "resource_id": 3, "email": "a@example.com", "status": "subscribed"}]}
        """;

    public const string About = """{"description": "x", "tags": ["a"], "groups": []}""";

    /// <summary>Of the database that these are about.</summary>
    public static readonly DatabaseFields Fields = new([
        new("tier", FieldType.Text),
        new("n", FieldType.Number),
        new("b", FieldType.Boolean),
        new("d", FieldType.Date),
        new("t", FieldType.DateTime),
        new("l", FieldType.List),
    ]);

    public static readonly string[] Liquid =
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{{-",
        "-%}",
        " profile.id ",
        " content.x ",
        " content ",
        "profile.fields[\"a\"]",
        "steps.h.k",
        " | ",
        "upcase",
        "append: ",
        "replace: 'a', content.x",
        "join: ','",
        "times: 99999",
        "json",
        "split: ''",
        "date: '%Y'",
        "slice: 0, 9",
        "default: 1",
        "if ",
        "else",
        "endif",
        "for i in ",
        "(1..9)",
        "(1..100000000)",
        "content.l",
        "endfor",
        "assign x = ",
        "capture y",
        "endcapture",
        "case ",
        "when 1",
        "endcase",
        "unless ",
        "endunless",
        "raw",
        "endraw",
        "comment",
        "endcomment",
        "include 'x'",
        "render 'x'",
        "cycle 'a','b'",
        "'",
        "\"",
        "==",
        "contains",
        "and",
        "or",
        "1",
        "-1",
        "1e400",
        "nil",
        "empty",
        "{apicontent.a.b}",
        "\0",
        "\ud83d",
        "ß",
        "\r\n",
        " ",
        "x",
    ];

    private static readonly byte[] Signs = "{}[]\",:\\0-eE.u"u8.ToArray();

    /// <summary>One to four bytes flipped, put in, taken out; a piece doubled, moved or cut off.</summary>
    public static byte[] Changed(byte[] body, Random random)
    {
        var bytes = body.ToList();
        for (var i = random.Next(1, 5); i > 0 && bytes.Count > 1; i--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(40, bytes.Count - at) + 1);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = Signs[random.Next(Signs.Length)];
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 5:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }
}
