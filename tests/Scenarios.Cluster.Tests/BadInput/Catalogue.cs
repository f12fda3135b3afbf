using System.IO.Compression;
using System.Text;
using static Scenarios.Cluster.Tests.BadInput.Scene;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// Bad input of every kind, and its answer: the table of section 4 of the requirements for reliability, numbered as there. It is
/// one long file because it is one table, to be read beside the other.
/// </summary>
internal static class Catalogue
{
    private const string Profile = Shop + "/profiles/p",
        Profiles = Shop + "/profiles",
        Captures = Open + "/captures",
        Batch = Open + "/captures:batch",
        Import = Shop + "/profiles:import";
    private const string Tokens = "/api/v1/tokens",
        Databases = "/api/v1/databases",
        Json = "application/json";

    /// <summary>The numbers that section 4 has.</summary>
    public static readonly int[] Rows =
    [
        1,
        2,
        3,
        5,
        6,
        7,
        9,
        10,
        11,
        13,
        14,
        15,
        17,
        18,
        19,
        21,
        22,
        23,
        25,
        26,
        27,
        29,
        30,
        31,
        33,
        34,
        35,
        37,
        38,
        39,
        41,
        42,
        43,
        45,
        46,
        47,
        49,
        50,
        51,
        53,
        54,
        55,
        57,
        58,
        59,
        61,
        62,
        63,
        65,
        66,
        67,
        69,
        70,
        71,
        73,
        74,
        75,
        77,
        78,
        79,
        81,
        82,
        83,
        85,
        86,
        87,
        89,
        90,
        91,
        93,
        94,
        95,
    ];

    /// <summary>Rows about what the API cannot do yet: they move into the table with it.</summary>
    public static readonly (int Row, string What)[] NotYet =
    [
        (49, "events"),
        (50, "events"),
        (51, "events"),
        (53, "Segment's HTTP API"),
        (69, "e-mail"),
        (75, "analytics"),
        (81, "schedules"),
        (82, "schedules"),
        (83, "simulation"),
        (89, "reports of gateways"),
    ];

    /// <summary>Rows that need more than one request and its answer, and the test they have.</summary>
    public static readonly (int Row, string Test)[] Elsewhere =
    [
        (11, nameof(WireTests.Framing_that_two_servers_could_read_differently_closes_the_connection)),
        (13, nameof(WireTests.Too_many_or_too_long_headers_are_refused_before_anybody_reads_them)),
        (14, nameof(WireTests.An_odd_id_in_a_path_is_taken_literally_or_refused_and_never_decoded_twice)),
        (18, nameof(WireTests.Http2_is_not_spoken_in_clear_text)),
        (18, nameof(Http2Tests.A_thousand_opened_and_cancelled_streams_hold_up_no_other_caller_and_leave_nothing_behind)),
        (19, nameof(WireTests.Callers_that_disconnect_in_mid_request_leave_nothing_open_and_each_key_is_definite)),
        (25, nameof(LiteralTests.Ids_that_look_alike_are_different_profiles_stored_as_sent)),
        (29, nameof(LiteralTests.Numbers_in_content_keep_every_digit)),
        (34, nameof(LiteralTests.Code_in_content_and_profile_is_text)),
        (45, nameof(WireTests.A_duplicate_key_header_is_refused)),
        (46, nameof(LiteralTests.Of_fifty_captures_under_one_key_one_is_made)),
        (47, nameof(Api.IdempotencyTests.The_same_key_and_body_answers_as_before_and_does_nothing_again)),
        (54, nameof(Api.AltcraftTests.What_cannot_be_done_says_so_in_the_envelope_and_does_nothing)),
        (55, nameof(Api.ImportTests.Bad_records_are_told_by_line_and_spoil_no_other)),
        (57, nameof(LiteralTests.Every_problem_of_a_definition_is_reported_at_once_with_its_element)),
        (59, nameof(LiteralTests.A_loop_without_a_wait_is_saved_with_a_warning)),
        (63, nameof(LiteralTests.Pattern_characters_are_searched_for_literally)),
        (
            67,
            nameof(
                Effects
                    .WebhookMessageTests
                    .A_header_that_could_split_the_message_or_belongs_to_us_is_refused_and_nothing_is_sent
            )
        ),
        (73, nameof(LiteralTests.A_cursor_that_was_not_given_out_for_this_list_is_400)),
        (79, nameof(LiteralTests.A_step_that_performs_its_effect_cannot_be_released)),
        (91, nameof(LiteralTests.Streams_of_a_tenant_are_limited_and_those_beyond_are_told_so)),
        (91, nameof(Api.LiveStreamTests.A_reader_that_takes_nothing_for_ten_seconds_is_dropped)),
        (93, nameof(LiteralTests.Content_is_a_file_of_a_fixed_type_whatever_it_holds)),
        (95, nameof(LiteralTests.A_tenant_has_limits_of_databases_and_scenarios)),
    ];

    private static readonly string[] BadEmails =
    [
        "",
        "a",
        "a@",
        "@b.de",
        "a@b",
        "a@example.com\r\nBcc: x",
        "a@example.com\n",
        "\na@example.com",
        "\"a b\"@example.com",
        "a(comment)@example.com",
        "a@bücher.example",
        "a@example.com, b@example.com",
        "a@example.com;b@example.com",
        "<a@example.com>",
        "a@[127.0.0.1]",
        "a..b@example.com",
        ".a@example.com",
        "a@-example.com",
        "a@example..com",
        " a@example.com",
        "a@example.com ",
        "a\t@example.com",
        new string('a', 65) + "@example.com",
        new string('a', 308) + "@example.com",
    ];

    private static readonly string[] BadPhones =
    [
        "",
        "++7",
        "call me",
        "12",
        new string('1', 40),
        "１２３４５",
        "+49 151",
        "+49-151",
        "+491511234567;ext=1",
        "+491511234567\r\n",
        "٠١٢٣٤٥",
    ];

    private static readonly (string Field, string Value, string Code)[] BadValues =
    [
        ("n", "\"1\"", "wrongType"),
        ("n", "true", "wrongType"),
        ("n", "[]", "wrongType"),
        ("tier", "1", "wrongType"),
        ("tier", "{}", "wrongType"),
        ("tier", "[\"a\"]", "wrongType"),
        ("b", "\"true\"", "wrongType"),
        ("b", "1", "wrongType"),
        ("d", "\"2026-02-30\"", "invalidDate"),
        ("d", "\"2026-2-3\"", "invalidDate"),
        ("d", "\"0000-00-00\"", "invalidDate"),
        ("d", "1", "wrongType"),
        ("t", "\"2026-02-03T10:00:00\"", "invalidInstant"),
        ("t", "\"2026-02-03\"", "invalidInstant"),
        ("t", "\"2026-11-23T24:61:00Z\"", "invalidInstant"),
        ("t", "1764000000", "wrongType"),
        ("l", "\"a\"", "wrongType"),
        ("l", "[{}]", "wrongType"),
        ("l", "[[]]", "wrongType"),
        ("l", "[null]", "wrongType"),
    ];

    public static readonly IReadOnlyList<BadRequest> Requests =
    [
        .. Transport(),
        .. Bodies(),
        .. CapturesAndBatches(),
        .. Imports(),
        .. Definitions(),
        .. Management(),
        .. Large(),
    ];

    // 4.1 Transport and framing

    private static IEnumerable<BadRequest> Transport()
    {
        foreach (
            var (method, path) in new[]
            {
                ("POST", Captures),
                ("POST", Batch),
                ("PUT", Profile),
                ("POST", All),
                ("POST", Tokens),
            }
        )
        {
            yield return Of(1, method, path, "{}", 415, "unsupportedMediaType") with
            {
                Type = null,
            };
            foreach (
                var type in new[]
                {
                    "text/plain",
                    "application/xml",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "application/json-patch+json",
                    "nonsense",
                }
            )
                yield return Of(2, method, path, "{}", 415, "unsupportedMediaType") with
                {
                    Type = type,
                };
            yield return Of(3, method, path, "", 415, "unsupportedMediaType") with
            {
                Type = "application/json; charset=utf-16",
                Body = Encoding.Unicode.GetBytes("{}"),
            };
            yield return Of(3, method, path, "", 400, "invalidJson") with
            {
                Body = Encoding.Unicode.GetBytes("{}"),
            };
            yield return Of(3, method, path, "", 400, "invalidJson") with
            {
                Body = [0xEF, 0xBB, 0xBF, .. "{}"u8],
            };
            yield return Of(5, method, path, "", 400, "invalidJson");
            foreach (
                var text in new[]
                {
                    "{",
                    """{"a": 1,}""",
                    "{} // comment",
                    "{/* comment */}",
                    """{"a": NaN}""",
                    """{"a": 01}""",
                    "{}{}",
                    "{}]",
                    "{'a': 1}",
                    "{a: 1}",
                    "tru",
                    "\"\t\"",
                }
            )
                yield return Of(6, method, path, text, 400, "invalidJson") with
                {
                    Says = "byte",
                };
            yield return Of(7, method, path, "", 400, "invalidJson") with
            {
                Body = [.. "{\"profileId\": \"a"u8, 0xFF, .. "\"}"u8],
            };
            yield return Of(7, method, path, "", 400, "invalidJson") with
            {
                Body = [.. "{\"a"u8, 0xC3, 0x28, .. "\": 1}"u8],
            };
            yield return Of(7, method, path, """{"a": "\ud800"}""", 400, "invalidJson", "/a");
            yield return Of(7, method, path, """{"\udc00": 1}""", 400, "invalidJson");
            yield return Of(9, method, path, "", 415, "unsupportedMediaType") with
            {
                Body = Bomb(),
                Headers = [("Content-Encoding", "gzip")],
            };
            foreach (var encoding in new[] { "br, gzip, gzip", "deflate", "identity", "nonsense" })
                yield return Of(10, method, path, "{}", 415, "unsupportedMediaType") with
                {
                    Headers = [("Content-Encoding", encoding)],
                };
        }
        yield return Of(9, "POST", Captures, new string(' ', (10 << 20) + 1), 413, "tooLarge");
        yield return Of(9, "PUT", Profile, $$$"""{"fields": {"tier": "{{{new string('x', 1 << 20)}}}"}}""", 413, "tooLarge");

        foreach (var method in new[] { "TRACE", "PROPFIND", "PATCH", "DELETE", "PUT", "BREW" })
            yield return new BadRequest(15, method, Captures, 405, "methodNotAllowed")
            {
                Headers = [("X-HTTP-Method-Override", "POST")],
            };
        yield return new BadRequest(15, "POST", Open, 405, "methodNotAllowed")
        {
            Headers = [("X-HTTP-Method-Override", "DELETE")],
        };
        yield return new BadRequest(15, "DELETE", Open, 409, "scenarioActive")
        {
            Headers = [("X-HTTP-Method-Override", "GET")],
        };
        yield return new BadRequest(15, "POST", Open + "/live", 405, "methodNotAllowed");
        foreach (var accept in new[] { "text/html", "image/png", "application/xml", "nonsense", "*/*;q=0" })
        {
            yield return new BadRequest(17, "GET", All + "/99999", 404, "notFound") { Headers = [("Accept", accept)] };
            yield return new BadRequest(17, "GET", "/api/v1/nothing/here", 404, "notFound") { Headers = [("Accept", accept)] };
            yield return new BadRequest(17, "GET", Open, 200, null) { Headers = [("Accept", accept)], Says = "\"number\":1" };
        }
    }

    // What holds for any body, shown on a profile

    private static IEnumerable<BadRequest> Bodies()
    {
        foreach (var method in new[] { "PUT", "PATCH" })
        {
            BadRequest Write(int row, string body, int status, string code, string? at = null) =>
                Of(row, method, Profile, body, status, code, at);
            yield return Write(23, """{"fields": {"tier": "a\u0000b"}}""", 422, "unsupportedCharacter", "/fields/tier");
            yield return Write(26, """{"email": "a@example.com", "email": "b@example.com"}""", 400, "duplicateField", "/email");
            yield return Write(
                26,
                """{"email": "a@example.com", "\u0065mail": "b@example.com"}""",
                400,
                "duplicateField",
                "/email"
            );
            yield return Write(26, """{"fields": {"tier": "a", "tier": "b"}}""", 400, "duplicateField", "/fields/tier");
            foreach (
                var name in new[]
                {
                    "profileID",
                    "tenantId",
                    "tenant",
                    "isAdmin",
                    "__proto__",
                    "constructor",
                    "$type",
                    "",
                    "Email",
                    "id",
                    "version",
                    "createdAt",
                }
            )
                yield return Write(27, $$"""{"{{name}}": {} }""", 422, "unknownField", "/" + name);
            yield return Write(27, """{"a/b~c": 1}""", 422, "unknownField", "/a~1b~0c");
            foreach (var number in new[] { "1e400", "-1e400", "1e-400", "9007199254740993", "1" + new string('0', 399) })
                yield return Write(29, $$$"""{"fields": {"n": {{{number}}}}}""", 422, "outOfRange", "/fields/n");
            yield return Write(
                30,
                $$$"""{"fields": {"tier": "{{{new string('x', 10_001)}}}"}}""",
                422,
                "tooLong",
                "/fields/tier"
            );
            yield return Write(
                31,
                $$$"""{"fields": {"l": {{{new string('[', 17)}}}{{{new string(']', 17)}}}}}""",
                422,
                "tooDeep"
            );
            yield return Write(31, new string('[', 10_000) + new string(']', 10_000), 400, "tooDeep");
            yield return Write(31, new string('[', 10_000), 400, "tooDeep");
            foreach (var body in new[] { "[]", "null", "\"text\"", "1", "true" })
                yield return Write(33, body, 422, "wrongType", "");
            yield return Write(33, """{"fields": []}""", 422, "wrongType", "/fields");
            yield return Write(33, """{"subscriptions": null}""", 422, "wrongType", "/subscriptions");
            yield return Write(
                33,
                """{"subscriptions": [{"channel": "email", "status": "maybe"}]}""",
                422,
                "unknownValue",
                "/subscriptions/0/status"
            );
            foreach (var email in BadEmails)
                yield return Write(38, $$"""{"email": {{Quoted(email)}}}""", 422, "invalidEmail", "/email");
            foreach (var phone in BadPhones)
                yield return Write(39, $$"""{"phone": {{Quoted(phone)}}}""", 422, "invalidPhone", "/phone");
            yield return Write(41, """{"fields": {"unknown": 1}}""", 422, "unknownField", "/fields/unknown");
            yield return Write(
                41,
                """{"fields": {"__proto__": {"polluted": true}}}""",
                422,
                "unknownField",
                "/fields/__proto__"
            );
            foreach (var (field, value, code) in BadValues)
                yield return Write(41, $$$"""{"fields": {"{{{field}}}": {{{value}}}}}""", 422, code, "/fields/" + field);
            yield return Write(41, """{"timeZone": "Mars/Olympus"}""", 422, "unknownZone", "/timeZone");
            yield return Write(41, """{"timeZone": "../../etc/passwd"}""", 422, "unknownZone", "/timeZone");
            yield return new BadRequest(22, method, Profiles + "/%20%20", 422, "blank", "/id") { Body = "{}"u8.ToArray() };
            yield return new BadRequest(22, method, $"{Profiles}/{new string('a', 201)}", 422, "tooLong", "/id")
            {
                Body = "{}"u8.ToArray(),
            };
            yield return new BadRequest(23, method, Profiles + "/a%00b", 400, null) { Body = "{}"u8.ToArray() };
        }
    }

    // 4.2 Captures and batches

    private static IEnumerable<BadRequest> CapturesAndBatches()
    {
        foreach (var (path, body) in Faults())
        {
            var (row, code, at) = path;
            yield return Of(row, "POST", Captures, body, 422, code, at);
        }
        yield return Capture(22, Quoted(string.Concat(Enumerable.Repeat("😀", 200))), 201);
        yield return Capture(22, Quoted(" lead and trail "), 201);
        yield return Of(26, "POST", Captures, """{"profileId": "a", "profileId": "b"}""", 400, "duplicateField", "/profileId");
        yield return Of(
            26,
            "POST",
            Captures,
            """{"profileId": "a", "content": {"x": {"y": 1, "y": 2}}}""",
            400,
            "duplicateField",
            "/content/x/y"
        );
        yield return Of(
            26,
            "POST",
            Captures,
            """{"profileId": "a", "content": {"x": [{"y": 1, "\u0079": 2}]}}""",
            400,
            "duplicateField",
            "/content/x/0/y"
        );
        yield return Of(
            29,
            "POST",
            Captures,
            $$$"""{"profileId": "a", "content": {"n": {{{new string('9', 65)}}}}}""",
            422,
            "outOfRange",
            "/content/n"
        );
        yield return Of(
            29,
            "POST",
            Captures,
            $$$"""{"profileId": "a", "content": {"n": 1{{{new string('0', 399)}}}}}""",
            422,
            "outOfRange",
            "/content/n"
        );
        yield return Of(
            29,
            "POST",
            Captures,
            """{"profileId": "a", "content": {"n": 1e1001}}""",
            422,
            "outOfRange",
            "/content/n"
        );
        yield return Of(
            30,
            "POST",
            Captures,
            $$$"""{"profileId": "a", "content": {"x":"{{{new string('x', (64 << 10) - 7)}}}"}}""",
            422,
            "contentTooLarge",
            "/content"
        );
        yield return Of(
            30,
            "POST",
            Captures,
            $$$"""{"profileId": "a", "content": {"{{{new string('x', 64 << 10)}}}": 1}}""",
            422,
            "contentTooLarge",
            "/content"
        );
        yield return Of(
            30,
            "POST",
            Captures,
            $$$"""{"profileId": "a", "content": {"x":"{{{string.Concat(Enumerable.Repeat("\\u0000", 10_000))}}}"}}""",
            422,
            "unsupportedCharacter",
            "/content/x"
        );
        yield return Of(31, "POST", Captures, $$"""{"profileId": "a", "content": {{Deep(17)}}}""", 422, "tooDeep");
        yield return Of(31, "POST", Captures, $$"""{"profileId": "a", "content": {{Deep(10_000)}}}""", 400, "tooDeep");
        yield return Of(33, "POST", Captures, """{"profileId": "c33", "profile": {}, "content": null}""", 201, null);
        foreach (
            var number in new[]
            {
                "0",
                "-1",
                "01",
                "1e3",
                "%D9%A3",
                "9223372036854775808",
                "2147483648",
                "99999",
                "1%20",
                "1.0",
                "0x1",
                "null",
                "undefined",
            }
        )
            yield return Of(35, "POST", $"{All}/{number}/captures", """{"profileId": "a", "profile": {}}""", 404, "notFound");
        foreach (var address in new[] { Foreign, Trashed })
        {
            yield return Of(35, "POST", address + "/captures", """{"profileId": "a", "profile": {}}""", 404, "notFound");
            yield return Of(
                35,
                "POST",
                address + "/captures:batch",
                """{"items": [{"profileId": "a", "profile": {}}]}""",
                404,
                "notFound"
            );
            yield return new BadRequest(35, "GET", address, 404, "notFound");
        }
        yield return Of(37, "POST", Captures, """{"profileId": "nobody"}""", 200, null) with
        {
            Says = "\"profileNotFound\"",
        };
        yield return Of(37, "POST", Captures, """{"match": {"email": "nobody@example.com"}}""", 200, null) with
        {
            Says = "\"profileNotFound\"",
        };
        yield return Of(37, "POST", Captures, """{"match": {"email": "twin@example.com"}}""", 200, null) with
        {
            Says = "\"ambiguousMatch\"",
        };
        yield return Of(
            41,
            "POST",
            Captures,
            """{"profileId": "c41", "profile": {"email": null, "fields": {"tier": null}}}""",
            201,
            null
        );

        yield return Of(42, "POST", Batch, """{"items": []}""", 422, "tooFew", "/items");
        yield return Of(42, "POST", Batch, "{}", 422, "required", "/items");
        yield return Of(42, "POST", Batch, """{"items": null}""", 422, "required", "/items");
        yield return Of(42, "POST", Batch, """{"items": {"0": {}}}""", 422, "wrongType", "/items");
        yield return Of(42, "POST", Batch, """[{"profileId": "a"}]""", 422, "wrongType", "");
        yield return Of(
            42,
            "POST",
            Batch,
            """{"items": [{"profileId": "a", "profile": {}}], "x": 1}""",
            422,
            "unknownField",
            "/x"
        );
        yield return Of(
            42,
            "POST",
            Batch,
            $$"""{"items": [{{string.Join(',', Enumerable.Repeat("{}", 10_001))}}]}""",
            422,
            "tooMany",
            "/items"
        );
        yield return Of(42, "POST", Batch, """{"items": [null]}""", 200, null) with
        {
            Says = "\"failed\":1",
        };
        yield return Of(42, "POST", Batch, """{"items": [{}, 1, "x", {"profileId": ""}]}""", 200, null) with
        {
            Says = "\"accepted\":0,\"declined\":0,\"failed\":4",
        };
        yield return Of(43, "POST", Batch, "", 400, "invalidJson") with
        {
            Body = [.. "{\"items\": [{\"profileId\": \"a\", \"profile\": {}}, {\"profileId\": \""u8, 0xFF, .. "\"}]}"u8],
        };
        yield return Of(
            43,
            "POST",
            Batch,
            """{"items": [{"profileId": "a", "profile": {}}, {"profileId": "a\u0000"}]}""",
            422,
            "unsupportedCharacter",
            "/items/1/profileId"
        );
        yield return Of(
            43,
            "POST",
            Batch,
            """{"items": [{"profileId": "a", "profile": {}}, {"profileId": "b", "profileId": "c"}]}""",
            400,
            "duplicateField",
            "/items/1/profileId"
        );

        foreach (
            var (method, path) in new[]
            {
                ("POST", Captures),
                ("POST", Batch),
                ("PUT", Profile),
                ("POST", Tokens),
                ("POST", Import),
            }
        )
        foreach (var key in new[] { "", new string('k', 256), "ключ", "a\tb" })
            yield return Of(45, method, path, "{}", 400, "invalidIdempotencyKey") with
            {
                Headers = [("Idempotency-Key", key)],
                Type = path == Import ? "application/x-ndjson" : Json,
            };
        yield return Keyed("""{"profileId": "k46", "profile": {}}""", 201, null);
        yield return Keyed("""{ "profile": { }, "profileId": "k46" }""", 201, null);
        yield return Keyed("""{"profileId": "k47", "profile": {}}""", 422, "idempotencyKeyReused");
        yield return Keyed("""{"profileId": "k46", "profile": {}, "content": {}}""", 422, "idempotencyKeyReused");
        yield return Of(46, "PUT", Profile, "{}", 422, "idempotencyKeyReused") with
        {
            Headers = [("Idempotency-Key", "row 46")],
        };
        yield return Of(46, "POST", Idle + ":deactivate", "{}", 422, "idempotencyKeyReused") with
        {
            Headers = [("Idempotency-Key", "row 46")],
        };
        yield return Of(
            46,
            "POST",
            Batch,
            """{"items": [{"profileId": "k46", "profile": {}, "key": "same"}, {"profileId": "k47", "profile": {}, "key": "same"}]}""",
            200,
            null
        ) with
        {
            Says = "idempotencyKeyReused",
        };

        static BadRequest Keyed(string body, int status, string? code) =>
            Of(46, "POST", Captures, body, status, code) with
            {
                Headers = [("Idempotency-Key", "row 46")],
            };
    }

    /// <summary>Faults of one capture, each the only one.</summary>
    private static IEnumerable<((int Row, string Code, string At), string Body)> Faults()
    {
        yield return ((21, "exactlyOneOf", ""), """{"profileId": "a", "match": {"email": "a@example.com"}}""");
        yield return ((21, "exactlyOneOf", ""), "{}");
        yield return ((21, "exactlyOneOf", ""), """{"content": {}}""");
        yield return ((21, "exactlyOneOf", "/match"), """{"match": {"email": "a@example.com", "phone": "+4912345"}}""");
        yield return ((21, "exactlyOneOf", "/match"), """{"match": {}}""");
        yield return ((21, "exactlyOneOf", "/match"), """{"match": {"field": "n"}}""");
        yield return ((21, "exactlyOneOf", "/match"), """{"match": {"value": 1}}""");
        yield return ((21, "wrongType", "/match"), """{"match": "a@example.com"}""");
        yield return ((22, "empty", "/profileId"), """{"profileId": ""}""");
        yield return ((22, "tooLong", "/profileId"), $$"""{"profileId": "{{new string('a', 201)}}"}""");
        yield return (
            (22, "tooLong", "/profileId"),
            $$"""{"profileId": {{Quoted(string.Concat(Enumerable.Repeat("😀", 201)))}}}"""
        );
        yield return ((22, "blank", "/profileId"), """{"profileId": "   "}""");
        yield return ((22, "blank", "/profileId"), """{"profileId": "\u2003\u00a0"}""");
        foreach (var value in new[] { "null", "12", "true", "[]", "{}" })
            yield return ((22, "wrongType", "/profileId"), $$"""{"profileId": {{value}}}""");
        yield return ((23, "unsupportedCharacter", "/profileId"), """{"profileId": "a\u0000b"}""");
        yield return ((23, "unsupportedCharacter", "/content/x"), """{"profileId": "a", "content": {"x": "\u0000"}}""");
        yield return ((23, "unsupportedCharacter", "/content"), """{"profileId": "a", "content": {"\u0000": 1}}""");
        foreach (var name in new[] { "profileID", "tenantId", "isAdmin", "__proto__", "$type", "runId", "key", "triggers" })
            yield return ((27, "unknownField", "/" + name), $$"""{"profileId": "a", "{{name}}": 1}""");
        yield return ((27, "unknownField", "/profile/tenantId"), """{"profileId": "a", "profile": {"tenantId": 1}}""");
        yield return ((27, "unknownField", "/match/x"), """{"match": {"email": "a@example.com", "x": 1}}""");
        yield return ((29, "outOfRange", "/profile/fields/n"), """{"profileId": "a", "profile": {"fields": {"n": 1e400}}}""");
        yield return (
            (29, "outOfRange", "/profile/fields/n"),
            """{"profileId": "a", "profile": {"fields": {"n": 9007199254740993}}}"""
        );
        foreach (var content in new[] { "[]", "\"text\"", "1", "false" })
            yield return ((33, "wrongType", "/content"), $$"""{"profileId": "a", "content": {{content}}}""");
        yield return ((37, "unknownField", "/match/field"), """{"match": {"field": "nope", "value": 1}}""");
        yield return ((37, "wrongType", "/match/value"), """{"match": {"field": "n", "value": {"$gt": ""}}}""");
        foreach (var email in BadEmails)
            yield return ((38, "invalidEmail", "/match/email"), $$$"""{"match": {"email": {{{Quoted(email)}}}}}""");
        foreach (var phone in BadPhones)
            yield return ((39, "invalidPhone", "/match/phone"), $$$"""{"match": {"phone": {{{Quoted(phone)}}}}}""");
        yield return (
            (41, "unknownField", "/profile/fields/nope"),
            """{"profileId": "a", "profile": {"fields": {"nope": 1}}}"""
        );
        yield return ((41, "unknownField", "/profile/id"), """{"profileId": "a", "profile": {"id": "b"}}""");
        yield return ((41, "wrongType", "/profile"), """{"profileId": "a", "profile": []}""");
        foreach (var (field, value, code) in BadValues)
            yield return (
                (41, code, "/profile/fields/" + field),
                $$$$"""{"profileId": "a", "profile": {"fields": {"{{{{field}}}}": {{{{value}}}}}}}"""
            );
        yield return ((41, "invalidId", "/start"), """{"profileId": "a", "start": ""}""");
        yield return ((41, "wrongType", "/start"), """{"profileId": "a", "start": 1}""");
        yield return ((41, "notSupportedYet", "/attachments"), """{"profileId": "a", "attachments": []}""");
        yield return ((41, "notSupportedYet", "/subscription"), """{"profileId": "a", "subscription": "x"}""");
    }

    private static BadRequest Capture(int row, string id, int status) =>
        Of(row, "POST", Captures, $$"""{"profileId": {{id}}, "profile": {} }""", status, null);

    private static IEnumerable<BadRequest> Imports()
    {
        foreach (
            var type in new[]
            {
                Json,
                "text/xml",
                "application/yaml",
                "multipart/form-data; boundary=x",
                "text/csv; charset=utf-16",
                "application/octet-stream",
                null,
            }
        )
            yield return Of(
                94,
                "POST",
                Import,
                "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../x\"\r\n\r\nid\r\n--x--",
                415,
                "unsupportedMediaType"
            ) with
            {
                Type = type,
            };
        foreach (
            var (body, code) in new[]
            {
                ("", "empty"),
                ("tier\na", "required"),
                ("id,unknown\n1,a", "unknownField"),
                ("id,tier,tier\n1,a,b", "duplicateField"),
                ("id,\"tier\n1,a", "unclosedQuote"),
                ("i\0d\0", "unsupportedCharacter"),
                ("id,=1+1\n1,2", "unknownField"),
            }
        )
            yield return Of(55, "POST", Import, body, 422, code) with
            {
                Type = "text/csv",
            };
        yield return Of(55, "POST", Import, "", 422, "unsupportedCharacter") with
        {
            Type = "text/csv",
            Body = Encoding.Unicode.GetBytes("id,tier\n1,a"),
        };
        yield return Of(94, "POST", Import, "id\n1", 415, "unsupportedMediaType") with
        {
            Type = "text/csv",
            Headers = [("Content-Encoding", "gzip")],
        };
    }

    // 4.3 Management

    private static IEnumerable<BadRequest> Definitions()
    {
        foreach (
            var (row, definition, code, at) in new[]
            {
                (57, "[]", "wrongType", ""),
                (57, "{'elements': []}", "missingStart", "/elements"),
                (57, "{}", "required", "/elements"),
                (57, "{'elements': {}}", "wrongType", "/elements"),
                (57, "{'elements': [{'id': 'start', 'type': 'end'}]}", "startNotApiCall", "/elements/0/type"),
                (
                    57,
                    "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'start', 'type': 'apiCall'}]}",
                    "duplicateId",
                    "/elements/1/id"
                ),
                (
                    57,
                    "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'again', 'type': 'apiCall'}]}",
                    "secondApiCall",
                    "/elements/1/type"
                ),
                (57, "{'elements': [{'id': 'start', 'type': 'apiCall'}, null]}", "wrongType", "/elements/1"),
                (
                    57,
                    "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'x', 'type': 'System.Type, mscorlib'}]}",
                    "unknownType",
                    "/elements/1/type"
                ),
                (57, "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'x'}]}", "required", "/elements/1/type"),
                (57, "{'elements': [{'id': 'start', 'type': 'apiCall', '$type': 'x'}]}", "unknownField", "/elements/0/$type"),
                (
                    57,
                    "{'elements': [{'id': 'start', 'type': 'apiCall'}], 'layout': {'__proto__': {'x': 1, 'y': 0}}}",
                    "invalidId",
                    "/layout/__proto__"
                ),
            }
        )
            yield return Definition(row, definition, code, at);
        foreach (
            var id in new[]
            {
                "__proto__",
                "constructor",
                "prototype",
                "../x",
                "a b",
                "",
                "ё",
                "a\\n",
                "<b>",
                new string('a', 1000),
            }
        )
            yield return Element(57, "end", "{}", "invalidId", "/elements/1/id", id: id);

        foreach (
            var (links, code, at) in new[]
            {
                ("{'from': 'start', 'output': 'next', 'to': 'nobody'}", "unknownElement", "/links/0/to"),
                ("{'from': 'nobody', 'output': 'next', 'to': 'x'}", "unknownElement", "/links/0/from"),
                ("{'from': 'start', 'output': 'else', 'to': 'x'}", "unknownOutput", "/links/0/output"),
                ("{'from': 'x', 'output': 'next', 'to': 'x'}", "selfLink", "/links/0/to"),
                ("{'from': 'x', 'output': 'next', 'to': 'start'}", "linkToTrigger", "/links/0/to"),
                (
                    "{'from': 'start', 'output': 'next', 'to': 'x'}, {'from': 'start', 'output': 'next', 'to': 'x'}",
                    "duplicateLink",
                    "/links/1/output"
                ),
                ("{'from': 'start', 'to': 'x'}", "required", "/links/0/output"),
                ("{'from': 1, 'output': 'next', 'to': 'x'}", "wrongType", "/links/0/from"),
                ("{'from': 'start', 'output': 'next', 'to': 'x', 'label': ''}", "unknownField", "/links/0/label"),
            }
        )
            yield return Definition(
                58,
                $$"""{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'x', 'type': 'wait', 'settings': {'duration': {'days': 1} } }], 'links': [{{links}}]}""",
                code,
                at
            );

        foreach (var count in new[] { 301, 10_000 })
            yield return Definition(
                59,
                $$"""{'elements': [{'id': 'start', 'type': 'apiCall'}{{string.Concat(Enumerable.Range(1, count - 1).Select(i => $", {{'id': 'e{i}', 'type': 'end'}}"))}}]}""",
                "tooMany",
                "/elements"
            );
        yield return Definition(
            59,
            $$"""{'elements': [{'id': 'start', 'type': 'apiCall', 'name': '{{new string('x', 1 << 20)}}'}]}""",
            "tooLarge",
            ""
        );

        foreach (
            var (branches, code, at) in new[]
            {
                (Shares(50, 49), "sumNot100", "/branches"),
                (Shares(50, 51), "sumNot100", "/branches"),
                (Shares(0, 0), "sumNot100", "/branches"),
                (Shares(-1, 101), "outOfRange", "/branches/0/percent"),
                (Shares([.. Enumerable.Repeat(9, 10), 10]), "tooMany", "/branches"),
                (Shares(100), "tooFew", "/branches"),
                (
                    "{'branches': [{'output': 'a', 'percent': 33.3333}, {'output': 'b', 'percent': 66.6667}]}",
                    "outOfRange",
                    "/branches/0/percent"
                ),
                (
                    "{'branches': [{'output': 'a', 'percent': '50'}, {'output': 'b', 'percent': 50}]}",
                    "wrongType",
                    "/branches/0/percent"
                ),
                (
                    "{'branches': [{'output': 'a', 'percent': 50}, {'output': 'a', 'percent': 50}]}",
                    "duplicateOutput",
                    "/branches/1/output"
                ),
            }
        )
            yield return Element(61, "split", branches, code, "/elements/1/settings" + at);
        yield return Definition(
            61,
            """{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'x', 'type': 'split', 'settings': {'branches': [{'output': 'a', 'percent': NaN}]}}]}""",
            "invalidJson",
            null,
            400
        );

        foreach (
            var (rule, code, at) in new[]
            {
                (
                    $$"""{'all': [{{string.Join(", ", Enumerable.Repeat("{'field': 'tier', 'op': 'exists'}", 201))}}]}""",
                    "tooMany",
                    null
                ),
                (
                    string.Concat(Enumerable.Repeat("{'not': ", 9)) + "{'field': 'tier', 'op': 'exists'}" + new string('}', 9),
                    "tooDeep",
                    null
                ),
                ("{'field': 'tier', 'op': 'like', 'value': 'a'}", "unknownValue", "/op"),
                ("{'field': 'n', 'op': 'between', 'value': [2, 1]}", "reversed", "/value"),
                ("{'field': 'n', 'op': 'less', 'value': '1'}", "wrongType", "/value"),
                ("{'segment': 1}", "notSupportedYet", "/segment"),
                ("{}", "exactlyOneOf", ""),
                ("{'all': [], 'any': []}", "exactlyOneOf", ""),
                ("{'content': 'a..b', 'op': 'exists'}", "invalidName", "/content"),
                ($$"""{'field': 'tier', 'op': 'contains', 'value': '{{new string('a', 900_000)}}'}""", "tooLong", "/value"),
            }
        )
            yield return Element(
                rule.Contains("contains", StringComparison.Ordinal) ? 63 : 62,
                "condition",
                $$"""{'branches': [{'output': 'yes', 'rules': {{rule}}}]}""",
                code,
                at is null ? null : "/elements/1/settings/branches/0/rules" + at
            );

        foreach (
            var url in new[]
            {
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://example.com/",
                "javascript:alert(1)",
                "data:text/plain,x",
                "ws://example.com/",
                "/relative",
                "example.com/hook",
                "//example.com/",
                "https://user@example.com/",
                "https://user:secret@example.com/",
                "http://a#@127.0.0.1/",
                "http://a\\@127.0.0.1/",
                "https://example.com/\r\nX: y",
                "https://exa\tmple.com/",
                "https://exa\nmple.com/",
                "https://example.com:0/",
                "https://example.com:25/",
                "https://example.com:5432/",
                "https://example.com:70000/",
                "https://пример.рф/",
                "http://①②⑦.⓪.⓪.①/",
                "http://127。0。0。1/",
                "https://{{ content.host }}/",
                "https://{{ profile.id }}@example.com/",
                "https://example.com{{ content.path }}",
                "{{ content.url }}",
                "https://",
                "https:///path",
                "https://example.com/a b",
                "https://example.com/#fragment",
                "https://example.com/" + new string('a', 10_000),
                "https://" + new string('a', 65_000) + "/",
            }
        )
            yield return Element(65, "webhook", $$"""{"url": {{Quoted(url)}}}""", "invalidUrl", "/elements/1/settings/url");
        foreach (
            var host in new[]
            {
                "127.0.0.1",
                "localhost",
                "LOCALHOST",
                "a.localhost",
                "localhost.",
                "127.0.0.1.",
                "127.1",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "0x7f.1",
                "0",
                "127.8.9.10",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.1.1",
                "100.64.0.1",
                "169.254.169.254",
                "168.63.129.16",
                "192.0.0.192",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "[::1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[0:0:0:0:0:ffff:7f00:1]",
                "[::127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
                "[fd00:ec2::254]",
                "[fe80::1]",
                "[ff02::1]",
            }
        )
        foreach (var address in new[] { $"http://{host}/", $"https://{host}:8443/a?b=c" })
            yield return Element(
                66,
                "webhook",
                $$"""{"url": {{Quoted(address)}}}""",
                "addressNotAllowed",
                "/elements/1/settings/url"
            );

        foreach (
            var header in new[]
            {
                "Host",
                "content-length",
                "Transfer-Encoding",
                "Connection",
                "TE",
                "Idempotency-Key",
                "Webhook-Signature",
                "a b",
                "a:",
                "",
                "Ä",
            }
        )
            yield return Element(
                67,
                "webhook",
                $$$"""{"headers": {"{{{header}}}": "x"}}""",
                "invalidHeader",
                "/elements/1/settings/headers/" + header
            );
        foreach (var value in new[] { "a\r\nX: y", "a\n", "a\r", "a\u0085", "ключ", "{{ profile.id }}\r\nX: y" })
            yield return Element(
                67,
                "webhook",
                $$$"""{"headers": {"X-A": {{{Quoted(value)}}}}}""",
                "invalidHeader",
                "/elements/1/settings/headers/X-A"
            );
        yield return Element(
            67,
            "webhook",
            """{"headers": {"X-A": "a\u0000b"}}""",
            "unsupportedCharacter",
            null,
            topOnly: true
        );
        foreach (
            var (settings, code, at) in new[]
            {
                ("{'body': '{{ x'}", "invalidTemplate", "/body"),
                ("{'body': '{% for i in (1..100000000) %}x{% endfor %}'}", "invalidTemplate", "/body"),
                ("{'method': 'TRACE'}", "unknownValue", "/method"),
                ("{'timeout': 61}", "outOfRange", "/timeout"),
                ("{'retries': -1}", "outOfRange", "/retries"),
                ("{'keep': {'a': 'x'}}", "invalidPointer", "/keep/a"),
                ("{'keep': {'__proto__': '/x'}}", "invalidName", "/keep/__proto__"),
            }
        )
            yield return Element(67, "webhook", settings, code, "/elements/1/settings" + at);
    }

    private static IEnumerable<BadRequest> Management()
    {
        foreach (
            var (status, code, tags) in new (int, string, string[])[]
            {
                (428, "preconditionRequired", []),
                (412, "staleRevision", ["\"2\""]),
                (412, "staleRevision", ["\"0\""]),
                (412, "staleRevision", ["\"x\""]),
                (412, "staleRevision", ["\"7\", \"8\""]),
                (412, "staleRevision", ["\"99999999999999999999\""]),
                (400, "invalidIfMatch", ["*"]),
                (400, "invalidIfMatch", ["W/\"1\""]),
                (400, "invalidIfMatch", ["1"]),
                (400, "invalidIfMatch", ["\"1"]),
                (400, "invalidIfMatch", [string.Join(", ", Enumerable.Repeat("\"1\"", 100))]),
            }
        )
            yield return Of(70, "PUT", Idle, """{"title": "Other"}""", status, code) with
            {
                Headers = [.. tags.Select(tag => ("If-Match", tag))],
            };
        yield return Of(70, "PUT", Idle + "/draft", "{}", 428, "preconditionRequired");
        yield return Of(70, "PUT", Idle + "/draft", "{}", 412, "staleDraft") with
        {
            Headers = [("If-Match", "\"7\"")],
        };
        yield return Of(70, "PUT", Idle + "/draft", "[]", 422, "wrongType", "") with
        {
            Headers = [("If-Match", "\"0\"")],
        };
        yield return Of(70, "PUT", Idle, """{"title": "Idle"}""", 200, null) with
        {
            Headers = [("If-Match", "\"9\", \"1\"")],
        };

        foreach (
            var (method, path) in new[]
            {
                ("PUT", Idle + "?dryRun=maybe"),
                ("PUT", Idle + "?dryRun="),
                ("PUT", Idle + "?dryRun=true&dryRun=true"),
                ("PUT", Idle + "?dryrun=true"),
                ("PUT", Idle + "?x=1"),
                ("POST", Idle + ":activate?dryRun=TRUE"),
                ("POST", Captures + "?triggers=0"),
                ("POST", Batch + "?trigger=false"),
                ("GET", All + "?q=a&q=b"),
                ("GET", All + "?nope=1"),
                ("GET", All + "?status=running"),
                ("GET", All + "?trash=maybe"),
                ("GET", All + "?limit=0"),
                ("GET", All + "?limit=1001"),
                ("GET", All + "?limit=%D9%A3"),
                ("GET", All + "?limit=1e2"),
                ("GET", All + "?limit="),
                ("GET", All + "?LIMIT=1"),
                ("GET", Profiles + "?q=a%00b"),
                ("GET", Profiles + "?q=n:x"),
                ("GET", Profiles + "?q=b:maybe"),
                ("GET", Open + "/runs?state=dead"),
                ("GET", Open + "/live?x"),
                ("GET", All + "?%00=1"),
                ("DELETE", Idle + "?force=true"),
            }
        )
            yield return Of(
                71,
                method,
                path,
                method == "PUT" ? """{"title": "x"}"""
                    : method == "POST" ? "{}"
                    : null,
                400,
                "invalidQuery"
            ) with
            {
                Headers = method == "PUT" ? [("If-Match", "\"1\"")] : [],
            };
        foreach (var cursor in new[] { "abc", "", "%21%21", "AAAAAAAAAAAAAAAAAAAAAAAA", new string('A', 5000), "%00" })
        foreach (
            var list in new[]
            {
                All,
                Profiles,
                Open + "/runs",
                Open + "/revisions",
                Tokens,
                "/api/v1/audit",
                Open + "/elements/w1/runs",
                Profiles + "/waits/timeline",
            }
        )
            yield return new BadRequest(
                73,
                "GET",
                $"{list}?cursor={cursor}",
                400,
                cursor == "%00" ? "invalidQuery" : "invalidCursor"
            );
        foreach (
            var (query, code) in new[]
            {
                ("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "invalidRange"),
                ("from=2026-11-02T00:00:00", "invalidInstant"),
                ("from=yesterday", "invalidInstant"),
                ("to=", "invalidInstant"),
                ("from=2026-02-30T00:00:00Z", "invalidInstant"),
                ("by=hour&from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "tooManyBuckets"),
                ("from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", "tooManyBuckets"),
                ("from=0001-01-01T00:00:00Z&by=week", "outOfRange"),
                ("to=9999-12-31T23:59:59Z&by=week", "outOfRange"),
                ("to=0001-01-01T00:00:00Z", "outOfRange"),
                ("from=9999-12-31T23:59:59Z", "invalidRange"),
            }
        )
            yield return new BadRequest(74, "GET", $"{Open}/statistics?{query}", 422, code);
        yield return new BadRequest(74, "GET", Open + "/statistics?by=minute", 400, "invalidQuery");

        yield return Of(77, "POST", Incomplete + ":activate", "{}", 422, "invalidDefinition");
        yield return Of(77, "POST", Open + ":activate", "{}", 200, null);
        yield return Of(77, "POST", Idle + ":deactivate", "{}", 200, null);
        yield return Of(77, "POST", Open + ":deactivate", """{"freeze": "yes"}""", 422, "unknownField", "/freeze");
        yield return Of(77, "POST", Open + ":deactivate", """{"mode": "Freeze"}""", 422, "unknownValue", "/mode");
        yield return Of(77, "POST", Open + ":deactivate", """{"mode": true}""", 422, "wrongType", "/mode");
        yield return Of(77, "POST", Open + ":activate", """{"clear": "yes"}""", 422, "wrongType", "/clear");
        yield return Of(77, "POST", Open + ":clear", """{"all": true}""", 422, "unknownField", "/all");
        yield return Of(77, "POST", Trashed + ":activate", "{}", 404, "notFound");
        yield return Of(77, "POST", Idle + ":restore", "{}", 404, "notFound");
        yield return Of(77, "POST", Idle + ":clone", """{"partitions": 257}""", 422, "outOfRange", "/partitions");
        yield return Of(77, "POST", Idle + ":frobnicate", "{}", 404, "notFound");

        foreach (
            var (body, code, at) in new[]
            {
                ("{}", "required", "/action"),
                ("""{"action": "remove"}""", "required", "/select"),
                ("""{"select": {}, "action": "remove"}""", "emptySelection", "/select"),
                ("""{"select": {"profileIds": null}, "action": "remove"}""", "emptySelection", "/select"),
                ("""{"select": {"everybody": true}, "action": "remove"}""", "unknownField", "/select/everybody"),
                ("""{"select": {"element": "w1"}, "action": "destroy"}""", "unknownValue", "/action"),
                ("""{"select": {"element": "w1"}, "action": "move"}""", "required", "/to"),
                (
                    """{"select": {"element": "w1"}, "action": "postpone", "until": "2020-01-01T00:00:00Z"}""",
                    "outOfRange",
                    "/until"
                ),
                ("""{"select": {"runIds": ["x"]}, "action": "remove"}""", "invalidId", "/select/runIds/0"),
                ("""{"select": {"element": "w1"}, "action": "move", "to": "nowhere"}""", "unknownElement", "/to"),
            }
        )
            yield return Of(78, "POST", Open + "/runs:bulk", body, 422, code, at);
        yield return Of(
            78,
            "POST",
            Open + "/runs:bulk",
            $$$"""{"select": {"profileIds": [{{{string.Join(',', Enumerable.Range(0, 10_001).Select(i => $"\"{i}\""))}}}]}, "action": "remove"}""",
            413,
            "tooLarge"
        );
        foreach (var until in new[] { "2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z" })
            yield return Of(
                79,
                "POST",
                Open + "/runs/{run}:postpone",
                $$"""{"until": "{{until}}"}""",
                422,
                "outOfRange",
                "/until"
            );
        yield return Of(
            79,
            "POST",
            Open + "/runs/{run}:postpone",
            """{"until": "2026-11-23T12:00:00"}""",
            422,
            "invalidInstant",
            "/until"
        );
        yield return Of(79, "POST", Open + "/runs/{run}:postpone", """{"until": 1}""", 422, "wrongType", "/until");
        yield return Of(79, "POST", Open + "/runs/{run}:postpone", "{}", 422, "required", "/until");
        yield return Of(79, "POST", Open + "/runs/{run}:release", """{"output": "nope"}""", 422, "unknownOutput", "/output");
        foreach (var to in new[] { "nope", "start", "__proto__" })
            yield return Of(79, "POST", Open + "/runs/{run}:move", $$"""{"to": "{{to}}"}""", 422, "unknownElement", "/to");
        foreach (
            var (verb, body) in new[]
            {
                ("release", "{}"),
                ("move", """{"to": "w1"}"""),
                ("postpone", """{"until": "2027-11-23T12:00:00Z"}"""),
            }
        )
            yield return Of(79, "POST", Open + "/runs/{ended}:" + verb, body, 409, "runEnded");
        yield return new BadRequest(79, "DELETE", Open + "/runs/{ended}", 409, "runEnded");
        foreach (var run in new[] { "00000000-0000-0000-0000-000000000000", "nonsense", "{run}0", "1" })
        {
            yield return new BadRequest(79, "GET", $"{Open}/runs/{run}", 404, "notFound");
            yield return new BadRequest(79, "DELETE", $"{Open}/runs/{run}", 404, "notFound");
        }
        yield return new BadRequest(79, "DELETE", Idle + "/runs/{run}", 404, "notFound");

        foreach (
            var (role, method, path, body) in new[]
            {
                ("viewer", "POST", Captures, """{"profileId": "a", "profile": {}}"""),
                ("viewer", "POST", Open + ":deactivate", "{}"),
                ("viewer", "POST", Open + ":clear", "{}"),
                ("viewer", "PUT", Profile, "{}"),
                ("viewer", "GET", Open + "/runs/{run}/content", null),
                ("viewer", "DELETE", Open + "/runs/{run}", null),
                ("operator", "PUT", Idle, "{}"),
                ("operator", "POST", All, """{"title": "x", "database": "shop"}"""),
                ("operator", "DELETE", Idle, null),
                ("operator", "DELETE", Profile, null),
                ("operator", "POST", Import, "id\n1"),
                ("operator", "POST", Databases, """{"name": "x"}"""),
                ("editor", "POST", Tokens, """{"name": "x", "role": "viewer"}"""),
                ("editor", "GET", "/api/v1/audit", null),
                ("editor", "PATCH", "/api/v1/account", "{}"),
                ("ingest", "GET", Open, null),
                ("ingest", "GET", Profile, null),
                ("admin", "POST", "/api/v1/tenants", """{"name": "x"}"""),
                ("admin", "GET", "/api/v1/cluster", null),
            }
        )
            yield return Of(85, method, path, body, 403, "forbidden") with
            {
                Role = role,
            };

        yield return Of(86, "POST", Tokens, """{"name": "x", "role": "admin", "operator": true}""", 403, "forbidden");
        foreach (var name in new[] { "tenant", "tenantId", "id", "token", "hash", "secret" })
            yield return Of(
                86,
                "POST",
                Tokens,
                $$"""{"name": "x", "role": "viewer", "{{name}}": "x"}""",
                422,
                "unknownField",
                "/" + name
            );
        foreach (
            var (body, code, at) in new[]
            {
                ("""{"role": "viewer"}""", "required", "/name"),
                ("""{"name": "", "role": "viewer"}""", "empty", "/name"),
                ("""{"name": "x"}""", "required", "/role"),
                ("""{"name": "x", "role": "god"}""", "unknownValue", "/role"),
                ("""{"name": "x", "role": "Viewer"}""", "unknownValue", "/role"),
                ("""{"name": "x", "role": "4"}""", "unknownValue", "/role"),
                ("""{"name": "x", "role": "viewer", "database": "nowhere"}""", "unknownDatabase", "/database"),
                ("""{"name": "x", "role": "viewer", "expiresAt": "2020-01-01T00:00:00Z"}""", "inThePast", "/expiresAt"),
                ("""{"name": "x", "role": "viewer", "expiresAt": "tomorrow"}""", "invalidInstant", "/expiresAt"),
                ("""{"name": "x", "role": "viewer", "groups": [1]}""", "wrongType", "/groups/0"),
                ("""{"name": "a\r\nb", "role": "viewer"}""", "invalidName", "/name"),
            }
        )
            yield return Of(86, "POST", Tokens, body, 422, code, at);
        foreach (
            var (body, code, at) in new[]
            {
                ("""{"timeZone": "UTC+3"}""", "unknownZone", "/timeZone"),
                ("""{"retentionDays": 0}""", "outOfRange", "/retentionDays"),
                ("""{"retentionDays": 1.5}""", "outOfRange", "/retentionDays"),
                ("""{"ratePerSecond": -1}""", "outOfRange", "/ratePerSecond"),
                ("""{"tenant": 2}""", "unknownField", "/tenant"),
                ("""{"name": "x"}""", "unknownField", "/name"),
            }
        )
            yield return Of(86, "PATCH", "/api/v1/account", body, 422, code, at);

        foreach (var method in new[] { "POST", "PATCH" })
        {
            BadRequest Titled(string rest, string code, string at) =>
                Of(
                    87,
                    method,
                    method == "POST" ? All : Idle,
                    method == "POST" ? $$"""{"database": "shop", {{rest}}}""" : $$"""{{{rest}}}""",
                    422,
                    code,
                    at
                );
            yield return Titled(
                $$"""
                "title": "{{new string('x', 1 << 20)}}"
                """,
                "tooLong",
                "/title"
            );
            yield return Titled("\"title\": \"\"", "empty", "/title");
            yield return Titled("\"title\": \"   \"", "blank", "/title");
            yield return Titled("\"title\": \"a\\nb\"", "unsupportedCharacter", "/title");
            yield return Titled("\"title\": \"a\\u001b[31mb\"", "unsupportedCharacter", "/title");
            yield return Titled("\"title\": 1", "wrongType", "/title");
            yield return Titled(
                $$"""
                "title": "x", "about": {"tags": [{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"t{i}\""))}}]}
                """,
                "tooMany",
                "/about/tags"
            );
            yield return Titled("\"title\": \"x\", \"about\": {\"tags\": [\"\"]}", "empty", "/about/tags/0");
            yield return Titled("\"title\": \"x\", \"about\": {\"tags\": [\"a\", \"a\"]}", "duplicate", "/about/tags/1");
            yield return Titled(
                $$"""
                "title": "x", "about": {"description": "{{new string('x', 10_001)}}"}
                """,
                "tooLong",
                "/about/description"
            );
            yield return Titled("\"title\": \"x\", \"about\": {\"owner\": \"me\"}", "unknownField", "/about/owner");
        }
        yield return Of(
            87,
            "POST",
            All,
            """{"title": "<script>alert(1)</script> 🎉 {{ 7*7 }}", "database": "shop"}""",
            201,
            null
        ) with
        {
            Says = "<script>alert(1)</script>",
        };
        yield return Of(87, "POST", All, """{"title": "x", "database": "nowhere"}""", 422, "databaseNotFound", "/database");
        yield return Of(87, "POST", All, """{"title": "x", "database": "shop", "number": 7}""", 422, "unknownField", "/number");
        yield return Of(
            87,
            "POST",
            All,
            """{"title": "x", "database": "shop", "settings": {"reentryMode": "sometimes"}}""",
            422,
            "unknownValue",
            "/settings/reentryMode"
        );
        yield return Of(
            87,
            "POST",
            All,
            """{"title": "x", "database": "shop", "settings": {"partitions": 257}}""",
            422,
            "outOfRange",
            "/settings/partitions"
        );
        foreach (
            var (body, status, code, at) in new[]
            {
                ("{}", 422, "required", "/name"),
                ("""{"name": ""}""", 422, "empty", "/name"),
                ("""{"name": "  "}""", 422, "invalidName", "/name"),
                ("""{"name": ".."}""", 422, "invalidName", "/name"),
                ("""{"name": "a\nb"}""", 422, "invalidName", "/name"),
                ("""{"name": 1}""", 422, "wrongType", "/name"),
                ("""{"name": "shop"}""", 409, "nameTaken", null),
                ("""{"name": "x", "number": 1}""", 422, "unknownField", "/number"),
                ("""{"name": "x", "fields": [{"name": "email", "type": "text"}]}""", 422, "reservedName", "/fields/0/name"),
                ("""{"name": "x", "fields": [{"name": "1a", "type": "text"}]}""", 422, "invalidName", "/fields/0/name"),
                (
                    """{"name": "x", "fields": [{"name": "constructor", "type": "text"}]}""",
                    422,
                    "invalidName",
                    "/fields/0/name"
                ),
                ("""{"name": "x", "fields": [{"name": "a", "type": "jsonb"}]}""", 422, "unknownValue", "/fields/0/type"),
                (
                    """{"name": "x", "fields": [{"name": "a", "type": "text"}, {"name": "a", "type": "text"}]}""",
                    422,
                    "duplicateName",
                    "/fields/1/name"
                ),
                ("""{"name": "x", "fields": [null]}""", 422, "wrongType", "/fields/0"),
                ("""{"name": "x", "groups": [1]}""", 422, "wrongType", "/groups/0"),
            }
        )
            yield return Of(87, "POST", Databases, body, status, code, at);
        foreach (
            var (body, status, code, at) in new[]
            {
                ("""{"fields": [{"name": "tier", "type": "number"}]}""", 409, "fieldInUse", null),
                ("""{"fields": [{"name": "tier", "type": null}]}""", 409, "fieldInUse", null),
                ("""{"fields": [{"name": "new", "type": "text"}, {"name": "tier", "type": null}]}""", 409, "fieldInUse", null),
                ("""{"fields": [{"name": "tier"}]}""", 422, "required", "/fields/0/type"),
                ("""{"name": "other"}""", 422, "unknownField", "/name"),
            }
        )
            yield return Of(87, "PATCH", Shop, body, status, code, at);
        yield return new BadRequest(87, "DELETE", Shop, 409, "databaseInUse");

        foreach (var path in new[] { "/metrics", "/dashboard", "/dashboard/index.html", "/api/v1/cluster" })
            yield return new BadRequest(90, "GET", path, 403, "forbidden");
    }

    /// <summary>What fills the tables comes last, since each probe reads them.</summary>
    private static IEnumerable<BadRequest> Large()
    {
        yield return Of(
            42,
            "POST",
            Batch,
            $$"""{"items": [{{string.Join(',', Enumerable.Range(0, 9_999).Select(_ => """{"profileId":"b42","profile":{}}"""))}},{"x":1}]}""",
            200,
            null
        ) with
        {
            Says = "\"accepted\":9999,\"declined\":0,\"failed\":1",
        };
    }

    // How requests are written down

    private static BadRequest Of(
        int row,
        string method,
        string path,
        string? body,
        int status,
        string? code,
        string? at = null
    ) => new(row, method, path, status, code, at) { Body = body is null ? null : Encoding.UTF8.GetBytes(body) };

    /// <param name="definition">JSON, also with apostrophes for quotes.</param>
    private static BadRequest Definition(int row, string definition, string code, string? at, int status = 422) =>
        Of(
            row,
            "POST",
            All,
            $$"""{"title": "x", "database": "shop", "definition": {{definition.Replace('\'', '"')}}}""",
            status,
            code,
            at is null ? null : "/definition" + at
        );

    /// <param name="topOnly">The body is refused before anybody knows its elements.</param>
    private static BadRequest Element(
        int row,
        string type,
        string settings,
        string code,
        string? at,
        string id = "x",
        bool topOnly = false
    ) =>
        Definition(
            row,
            $$"""{"elements": [{"id": "start", "type": "apiCall"}, {"id": "{{id}}", "type": "{{type}}", "settings": {{settings}}}]}""",
            code,
            at
        ) with
        {
            Says = topOnly ? null : "\"element\"",
        };

    private static string Shares(params int[] percents) =>
        $$"""{"branches": [{{string.Join(", ", percents.Select((p, i) => $$"""{"output": "o{{i}}", "percent": {{p}}}"""))}}]}""";

    private static string Deep(int levels) =>
        string.Concat(Enumerable.Repeat("{\"x\":", levels - 1)) + "{}" + new string('}', levels - 1);

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    /// <summary>Twenty megabytes in twenty kilobytes.</summary>
    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(new byte[20 << 20]);
        return packed.ToArray();
    }
}
