using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Engine.Rules;
using Scenarios.Engine.Templates;
using Scenarios.Engine.Tests.Templates;
using Scenarios.Engine.Webhooks;

namespace Scenarios.Engine.Tests.Parsers;

/// <summary>
/// Whatever text a parser is given, it answers: it takes it, or says what is wrong. What it takes means what it says.
/// </summary>
public partial class ParserProperties
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String,
        Gen.Char[' ', '~'].Array[0, 60].Select(c => new string(c)),
        Gen.Char["0123456789-:+.TtZz eE"].Array[0, 40].Select(c => new string(c))
    );

    [Fact]
    public void An_instant_that_is_taken_is_written_as_RFC_3339_and_reads_back_as_itself() =>
        Gen.OneOf(AnyText, AnyInstant)
            .Sample(
                text =>
                {
                    if (!Instants.TryParse(text, out var instant))
                        return;
                    Assert.Matches(Rfc3339(), text);
                    Assert.True(Instants.TryParse(Instants.Format(instant), out var again));
                    Assert.InRange(instant - again, TimeSpan.Zero, TimeSpan.FromMicroseconds(1));
                },
                iter: 20_000
            );

    private static readonly Gen<string> AnyInstant = Gen.Select(
            Gen.Int[0, 10_000],
            Gen.Int[0, 13],
            Gen.Int[0, 32],
            Gen.Int[0, 25],
            Gen.Int[0, 61],
            Gen.OneOfConst(
                "Z",
                "z",
                "+00:00",
                "-14:00",
                "+14:01",
                "+1:00",
                "",
                " Z",
                "+99:99",
                "GMT",
                ".5Z",
                ".1234567Z",
                ".12345678901Z",
                ",5Z"
            )
        )
        .Select(p =>
            $"{p.Item1:0000}-{p.Item2:00}-{p.Item3:00}{(p.Item5 % 3 == 0 ? " " : "T")}{p.Item4:00}:{p.Item5:00}:00{p.Item6}"
        );

    [Fact]
    public void A_template_of_any_pieces_parses_or_says_why_not_and_renders_within_its_limits() =>
        Gen.OneOfConst(Seeds.Liquid)
            .Array[1, 14]
            .Select(string.Concat)
            .Sample(
                source =>
                {
                    var begun = Stopwatch.GetTimestamp();
                    try
                    {
                        foreach (var place in Enum.GetValues<Place>())
                            Some.Render(
                                source,
                                """{"x": "<\"'&>", "l": [1, "a", null, {"b": []}]}""",
                                place,
                                """{"a": "é"}""",
                                """{"h": {"k": 1}}"""
                            );
                    }
                    catch (TemplateException e)
                    {
                        Assert.NotEmpty(e.Code);
                        Assert.DoesNotContain("Fluid", e.Message, StringComparison.Ordinal);
                    }
                    Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), "it ran away");
                },
                iter: 4_000
            );

    [Fact]
    public void A_rule_of_any_json_is_read_or_refused_with_paths() =>
        AnyJson(4)
            .Sample(
                json =>
                {
                    if (JsonGate.Check(Encoding.UTF8.GetBytes(json), 32) is not null)
                        return;
                    List<Problem> problems = [];
                    using var document = JsonDocument.Parse(json);
                    var rule = RuleReader.Read(document.RootElement, "/rules", problems, null);
                    Assert.Equal(problems.Count == 0, rule is not null);
                    Assert.All(problems, p => Assert.StartsWith("/rules", p.Path, StringComparison.Ordinal));
                },
                iter: 10_000
            );

    [Fact]
    public void Canonical_json_is_its_own_and_the_gate_lets_it_through() =>
        AnyJson(5)
            .Sample(
                json =>
                {
                    var bytes = Encoding.UTF8.GetBytes(json);
                    if (JsonGate.Check(bytes, 16) is not null)
                        return;
                    var once = CanonicalJson.Of(bytes);
                    Assert.Null(JsonGate.Check(once, 16));
                    Assert.Equal(once, CanonicalJson.Of(once));
                },
                iter: 10_000
            );

    [Fact]
    public void A_pointer_that_is_valid_finds_or_does_not_and_nothing_throws() =>
        Gen.Select(Gen.Char["/~01ab-"].Array[0, 12].Select(c => new string(c)), AnyJson(3))
            .Sample(
                (pointer, json) =>
                {
                    if (JsonGate.Check(Encoding.UTF8.GetBytes(json), 16) is not null)
                        return;
                    var found = JsonPointer.TryFind(JsonElement.Parse(json), pointer, out _);
                    Assert.True(JsonPointer.IsValid(pointer) || !found);
                },
                iter: 10_000
            );

    [Fact]
    public void A_url_that_is_taken_names_no_denied_address_and_no_user() =>
        Gen.OneOfConst(
                "http",
                "https",
                "ftp",
                "://",
                ":",
                "/",
                "//",
                "\\",
                "@",
                "#",
                "?",
                "127.0.0.1",
                "127.1",
                "0x7f",
                "2130706433",
                "[::1]",
                "[::ffff:10.0.0.1]",
                "localhost",
                "example.com",
                ".",
                ":80",
                ":5432",
                ":0",
                "①",
                "。",
                "%31",
                "%2e",
                "\t",
                "\r\n",
                "a",
                "169.254.169.254"
            )
            .Array[1, 9]
            .Select(string.Concat)
            .Sample(
                text =>
                {
                    if (WebhookUrl.Fault(text, NetworkRules.Default, out var url) is not null)
                        return;
                    Assert.True(
                        url!.Scheme is "http" or "https"
                            && url.UserInfo.Length == 0
                            && url.Fragment.Length == 0
                            && url.Port > 0,
                        text
                    );
                    if (IPAddress.TryParse(url.DnsSafeHost, out var address))
                        Assert.True(NetworkRules.Default.Allows(address), text);
                },
                iter: 50_000
            );

    [Fact]
    public void Emails_phones_and_ids_that_are_taken_hold_no_line_end_and_nothing_throws() =>
        AnyText.Sample(
            text =>
            {
                if (Contact.IsEmail(text) || Contact.IsPhone(text) || Names.IsId(text))
                    Assert.DoesNotContain(text, char.IsControl);
                if (Contact.CheckId(text) is null)
                    Assert.InRange(JsonObjectReader.LengthOf(text), 1, 200);
            },
            iter: 20_000
        );

    private static Gen<string> AnyJson(int depth)
    {
        var leaf = Gen.OneOfConst(
            "1",
            "-2.5e3",
            "\"a\"",
            "\"equal\"",
            "\"between\"",
            "\"in\"",
            "true",
            "null",
            "\"2026-11-23\"",
            "\"\\u00e9\"",
            "1e400",
            "[]",
            "{}",
            "[1, 2]",
            "\"\""
        );
        if (depth == 0)
            return leaf;
        var inner = AnyJson(depth - 1);
        var member = Gen.Select(
                Gen.OneOfConst(
                    "all",
                    "any",
                    "not",
                    "field",
                    "op",
                    "value",
                    "content",
                    "step",
                    "scenario",
                    "number",
                    "is",
                    "subscription",
                    "channel",
                    "status",
                    "x",
                    "a/b",
                    "\\u0061"
                ),
                inner
            )
            .Select((name, value) => $"\"{name}\": {value}");
        return Gen.Frequency(
            (2, leaf),
            (2, inner.Array[0, 4].Select(items => $"[{string.Join(", ", items)}]")),
            (4, member.Array[0, 4].Select(members => $"{{{string.Join(", ", members)}}}"))
        );
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex Rfc3339();
}
