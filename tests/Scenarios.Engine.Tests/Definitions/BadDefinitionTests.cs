using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Definitions;

/// <summary>Rows 57 to 67 of the table of bad input: one fault each, at its path and with its code.</summary>
public class BadDefinitionTests
{
    [Theory]
    [InlineData("[]", "", "wrongType")]
    [InlineData("{'elements': []}", "/elements", "missingStart")]
    [InlineData("{}", "/elements", "required")]
    [InlineData("{'elements': null}", "/elements", "required")]
    [InlineData("{'elements': {}}", "/elements", "wrongType")]
    [InlineData("{'elements': [{'id': 'start', 'type': 'end'}]}", "/elements/0/type", "startNotApiCall")]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'start', 'type': 'apiCall'}]}",
        "/elements/1/id",
        "duplicateId"
    )]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall'}, {'id': 'again', 'type': 'apiCall'}]}",
        "/elements/1/type",
        "secondApiCall"
    )]
    [InlineData("{'elements': [{'id': 'start', 'type': 'apiCall'}, 7]}", "/elements/1", "wrongType")]
    [InlineData("{'elements': [{'id': 'start', 'type': 'ApiCall'}]}", "/elements/0/type", "unknownType")]
    [InlineData("{'elements': [{'id': 'start', 'type': 'apiCall', 'settings': []}]}", "/elements/0/settings", "wrongType")]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall', 'settings': {'enabled': 'yes'}}]}",
        "/elements/0/settings/enabled",
        "wrongType"
    )]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall'}], 'layout': {'start': {'x': 1}}}",
        "/layout/start/y",
        "required"
    )]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall'}], 'layout': {'start': {'x': 1e300, 'y': 0}}}",
        "/layout/start/x",
        "outOfRange"
    )]
    [InlineData(
        "{'elements': [{'id': 'start', 'type': 'apiCall'}], 'layout': {'__proto__': {'x': 1, 'y': 0}}}",
        "/layout/__proto__",
        "invalidId"
    )]
    [InlineData("{'elements': [{'id': 'start', 'type': 'apiCall'}], '$type': 'x'}", "/$type", "unknownField")]
    public void A_bad_frame_is_refused(string definition, string path, string code) => Refused(definition, path, code);

    [Theory]
    [InlineData("__proto__")]
    [InlineData("constructor")]
    [InlineData("prototype")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("ё")]
    [InlineData("line\\n")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public void An_odd_id_is_refused(string id) =>
        Refused(Graph($$"""{'id': '{{id}}', 'type': 'end'}"""), "/elements/1/id", "invalidId");

    [Theory]
    [InlineData("{'from': 'start', 'output': 'next', 'to': 'nobody'}", "/links/0/to", "unknownElement")]
    [InlineData("{'from': 'nobody', 'output': 'next', 'to': 'w'}", "/links/0/from", "unknownElement")]
    [InlineData("{'from': 'w', 'output': 'else', 'to': 'e'}", "/links/0/output", "unknownOutput")]
    [InlineData("{'from': 'e', 'output': 'next', 'to': 'w'}", "/links/0/output", "unknownOutput")]
    [InlineData("{'from': 'w', 'output': 'next', 'to': 'w'}", "/links/0/to", "selfLink")]
    [InlineData("{'from': 'w', 'output': 'next', 'to': 'start'}", "/links/0/to", "linkToTrigger")]
    [InlineData(
        "{'from': 'w', 'output': 'next', 'to': 'e'}, {'from': 'w', 'output': 'next', 'to': 'e'}",
        "/links/1/output",
        "duplicateLink"
    )]
    [InlineData("{'from': 'w', 'to': 'e'}", "/links/0/output", "required")]
    [InlineData("{'from': 'w', 'output': 'next', 'to': 'e', 'label': ''}", "/links/0/label", "unknownField")]
    public void A_bad_link_is_refused(string links, string path, string code) =>
        Refused(Graph("{'id': 'w', 'type': 'wait'}, {'id': 'e', 'type': 'end'}", links), path, code);

    [Theory]
    [InlineData("{'duration': {'seconds': 0}}", "/duration", "outOfRange")]
    [InlineData("{'duration': {'days': 3654}}", "/duration", "outOfRange")]
    [InlineData("{'duration': {'days': 3653, 'seconds': 1}}", "/duration", "outOfRange")]
    [InlineData("{'duration': {'days': -1}}", "/duration/days", "outOfRange")]
    [InlineData("{'duration': {'days': 1.5}}", "/duration/days", "outOfRange")]
    [InlineData("{'duration': {'days': '1'}}", "/duration/days", "wrongType")]
    [InlineData("{'duration': {'weeks': 1}}", "/duration/weeks", "unknownField")]
    [InlineData("{'duration': {}}", "/duration", "empty")]
    [InlineData("{'duration': 'P1D'}", "/duration", "wrongType")]
    [InlineData("{'duration': {'days': 1}, 'until': '2026-11-23T00:00:00Z'}", "", "exactlyOneOf")]
    [InlineData("{'until': '2026-11-23T00:00:00'}", "/until", "invalidInstant")]
    [InlineData("{'until': '2026-02-30T00:00:00Z'}", "/until", "invalidInstant")]
    [InlineData("{'until': '9999-01-01T00:00:00Z'}", "/until", "outOfRange")]
    [InlineData("{'field': {}}", "/field/name", "required")]
    [InlineData("{'field': {'name': 'a b'}}", "/field/name", "invalidName")]
    [InlineData("{'field': {'name': 'a', 'at': '25:00'}}", "/field/at", "invalidTime")]
    [InlineData("{'field': {'name': 'a', 'at': '24:00'}}", "/field/at", "invalidTime")]
    [InlineData("{'field': {'name': 'a', 'at': '9:00'}}", "/field/at", "invalidTime")]
    [InlineData("{'window': {'weekdays': [], 'from': '09:00', 'to': '10:00'}}", "/window/weekdays", "tooFew")]
    [InlineData("{'window': {'weekdays': [0], 'from': '09:00', 'to': '10:00'}}", "/window/weekdays/0", "outOfRange")]
    [InlineData("{'window': {'weekdays': [1, 8], 'from': '09:00', 'to': '10:00'}}", "/window/weekdays/1", "outOfRange")]
    [InlineData("{'window': {'weekdays': [2, 2], 'from': '09:00', 'to': '10:00'}}", "/window/weekdays/1", "duplicate")]
    [InlineData("{'window': {'weekdays': [1], 'from': '09:00'}}", "/window/to", "required")]
    [InlineData("{'duration': {'days': 1}, 'zone': 'europe/berlin'}", "/zone", "unknownZone")]
    [InlineData("{'duration': {'days': 1}, 'zone': 'UTC+03'}", "/zone", "unknownZone")]
    [InlineData("{'duration': {'days': 1}, 'zone': 'fixed'}", "/zone", "unknownZone")]
    [InlineData("{'duration': {'days': 1}, 'past': 'skip'}", "/past", "unknownValue")]
    [InlineData("{'jitter': 1}", "/jitter", "unknownField")]
    public void A_bad_wait_is_refused(string settings, string path, string code) =>
        Refused(With("wait", settings), "/elements/1/settings" + path, code);

    [Theory]
    [InlineData("{'branches': [{'rules': {'all': []}}]}", "/branches/0/output", "required")]
    [InlineData("{'branches': [{'output': 'else'}]}", "/branches/0/output", "reservedOutput")]
    [InlineData("{'branches': [{'output': 'a'}, {'output': 'a'}]}", "/branches/1/output", "duplicateOutput")]
    [InlineData("{'branches': [{'output': '__proto__'}]}", "/branches/0/output", "invalidName")]
    [InlineData(
        "{'branches': [{'output': 'a', 'rules': {'field': 'x', 'op': 'like', 'value': 1}}]}",
        "/branches/0/rules/op",
        "unknownValue"
    )]
    [InlineData("{'branches': [{'output': 'a', 'rules': []}]}", "/branches/0/rules", "wrongType")]
    public void A_bad_condition_is_refused(string settings, string path, string code) =>
        Refused(With("condition", settings), "/elements/1/settings" + path, code);

    [Theory]
    [InlineData("50", "49", "", "sumNot100")]
    [InlineData("50", "51", "", "sumNot100")]
    [InlineData("0", "0", "", "sumNot100")]
    [InlineData("33.3", "66.6", "", "sumNot100")]
    [InlineData("-1", "100", "/0/percent", "outOfRange")]
    [InlineData("'50'", "50", "/0/percent", "wrongType")]
    [InlineData("null", "50", "/0/percent", "required")]
    [InlineData("49.99999", "50.001", "/0/percent", "outOfRange")]
    [InlineData("1e400", "50", "/0/percent", "outOfRange")]
    public void A_split_that_is_not_a_hundred_is_refused(string a, string b, string path, string code) =>
        Refused(
            With("split", $$"""{'branches': [{'output': 'a', 'percent': {{a}}}, {'output': 'b', 'percent': {{b}}}]}"""),
            "/elements/1/settings/branches" + path,
            code
        );

    [Theory]
    [InlineData(0, "tooFew")]
    [InlineData(1, "tooFew")]
    [InlineData(11, "tooMany")]
    public void A_split_has_two_to_ten_branches(int count, string code) =>
        Refused(
            With(
                "split",
                "{'branches': ["
                    + string.Join(", ", Enumerable.Range(0, count).Select(i => $$"""{'output': 'o{{i}}', 'percent': 1}"""))
                    + "]}"
            ),
            "/elements/1/settings/branches",
            code
        );

    [Theory]
    [InlineData("goto", "{'scenario': 0}", "/scenario", "outOfRange")]
    [InlineData("goto", "{'scenario': 9223372036854775808}", "/scenario", "outOfRange")]
    [InlineData("goto", "{'scenario': 1, 'start': '../x'}", "/start", "invalidId")]
    [InlineData("end", "{'goal': ''}", "/goal", "empty")]
    [InlineData("split", "{}", "/branches", "required")]
    [InlineData(
        "split",
        "{'branches': [{'output': 'a', 'percent': 50}, {'output': 'b', 'percent': 50}], 'draw': 'dice'}",
        "/draw",
        "unknownValue"
    )]
    public void A_bad_goto_end_or_split_is_refused(string type, string settings, string path, string code) =>
        Refused(With(type, settings), "/elements/1/settings" + path, code);

    [Theory]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    [InlineData("example.com/hook")]
    [InlineData("https://user@example.com/")]
    [InlineData("https://user:secret@example.com/")]
    [InlineData("http://a#@127.0.0.1/")]
    [InlineData("https://example.com/\\r\\nX: y")]
    [InlineData("https://exa\\tmple.com/")]
    [InlineData("https://example.com:0/")]
    [InlineData("https://example.com:25/")]
    [InlineData("https://example.com:5432/")]
    [InlineData("https://example.com:70000/")]
    [InlineData("https://пример.рф/")]
    [InlineData("http://①②⑦.⓪.⓪.①/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("https://{{ content.host }}/")]
    [InlineData("https://example.com{{ content.path }}")]
    [InlineData("{{ content.url }}")]
    [InlineData("https://")]
    [InlineData("https:///path")]
    [InlineData("https://example.com/a b")]
    [InlineData("https://example.com\\\\@evil.test/")]
    [InlineData("https://example.com/#fragment")]
    public void A_bad_url_is_refused(string url) =>
        Refused(With("webhook", $$"""{'url': '{{url}}'}"""), "/elements/1/settings/url", "invalidUrl");

    [Theory]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("http://127.1:8080/")]
    [InlineData("http://2130706433:8080/")]
    [InlineData("http://0x7f.1:8080/")]
    [InlineData("http://0177.0.0.1:8080/")]
    public void A_literal_address_is_asked_for_in_the_form_in_which_it_is_reached(string url) =>
        Refused(With("webhook", $$"""{'url': '{{url}}'}"""), "/elements/1/settings/url", "addressNotAllowed");

    [Fact]
    public void A_url_of_ten_kilobytes_is_refused() =>
        Refused(
            With("webhook", $$"""{'url': 'https://example.com/{{new string('a', 10_000)}}'}"""),
            "/elements/1/settings/url",
            "invalidUrl"
        );

    [Theory]
    [InlineData("{'method': 'TRACE'}", "/method", "unknownValue")]
    [InlineData("{'method': 'post'}", "/method", "unknownValue")]
    [InlineData("{'url': 7}", "/url", "wrongType")]
    [InlineData("{'url': 'https://example.com/{{ x'}", "/url", "invalidUrl")]
    [InlineData("{'body': '{{ x'}", "/body", "invalidTemplate")]
    [InlineData("{'timeout': 61}", "/timeout", "outOfRange")]
    [InlineData("{'timeout': 0}", "/timeout", "outOfRange")]
    [InlineData("{'retries': 11}", "/retries", "outOfRange")]
    [InlineData("{'retries': 1.5}", "/retries", "outOfRange")]
    [InlineData("{'headers': {'Host': 'x'}}", "/headers/Host", "invalidHeader")]
    [InlineData("{'headers': {'content-length': '1'}}", "/headers/content-length", "invalidHeader")]
    [InlineData("{'headers': {'Transfer-Encoding': 'chunked'}}", "/headers/Transfer-Encoding", "invalidHeader")]
    [InlineData("{'headers': {'Connection': 'close'}}", "/headers/Connection", "invalidHeader")]
    [InlineData("{'headers': {'Idempotency-Key': 'mine'}}", "/headers/Idempotency-Key", "invalidHeader")]
    [InlineData("{'headers': {'a b': 'x'}}", "/headers/a b", "invalidHeader")]
    [InlineData("{'headers': {'a/b': 'x'}}", "/headers/a~1b", "invalidHeader")]
    [InlineData("{'headers': {'X': 'a\\r\\nY: b'}}", "/headers/X", "invalidHeader")]
    [InlineData("{'headers': {'X': 'a', 'x': 'b'}}", "/headers/x", "duplicateHeader")]
    [InlineData("{'headers': {'X': null}}", "/headers/X", "required")]
    [InlineData("{'headers': {'X': '{{ x'}}", "/headers/X", "invalidTemplate")]
    [InlineData("{'keep': {'a b': '/x'}}", "/keep/a b", "invalidName")]
    [InlineData("{'keep': {'a': 'x'}}", "/keep/a", "invalidPointer")]
    [InlineData("{'keep': {'a': '/~2'}}", "/keep/a", "invalidPointer")]
    public void A_bad_webhook_is_refused(string settings, string path, string code) =>
        Refused(With("webhook", settings), "/elements/1/settings" + path, code);

    [Theory]
    [InlineData("{'set': {'a b': 1}}", "/set/a b", "invalidName")]
    [InlineData("{'set': {'a': {}}}", "/set/a", "wrongType")]
    [InlineData("{'set': {'a': '{{ x'}}", "/set/a", "invalidTemplate")]
    [InlineData("{'set': {'a': 1e400}}", "/set/a", "outOfRange")]
    [InlineData("{'add': {'a': null}}", "/add/a", "wrongType")]
    [InlineData("{'add': {'a': [true]}}", "/add/a", "wrongType")]
    [InlineData("{'increment': {'a': '1'}}", "/increment/a", "wrongType")]
    [InlineData("{'subscriptions': [{'channel': 'email', 'status': 'maybe'}]}", "/subscriptions/0/status", "unknownValue")]
    [InlineData("{'segments': {'add': 1}}", "/segments", "notSupportedYet")]
    public void A_bad_update_is_refused(string settings, string path, string code) =>
        Refused(With("updateProfile", settings), "/elements/1/settings" + path, code);

    private static void Refused(string definition, string path, string code)
    {
        Assert.Null(Read(definition, out var problems));
        Assert.Equal([("/definition" + path, code)], problems.Select(p => (p.Path, p.Code)));
    }
}
