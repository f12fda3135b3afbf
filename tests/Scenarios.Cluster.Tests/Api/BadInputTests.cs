using System.Text;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>Bad input of every kind for accounts, databases and profiles, and what it gets (reliability.md, section 4). Nothing changes by any of it.</summary>
[Collection(ApiCollection.Name)]
public sealed class BadInputTests(ApiFixture api) : IAsyncLifetime
{
    private const string Profile = "/api/v1/databases/shop/profiles/p";
    private const string Json = "application/json";

    private ApiCaller _admin = null!;
    private string _before = null!;

    public async ValueTask InitializeAsync()
    {
        _admin = await api.NewTenantAsync();
        await _admin.PostAsync("/api/v1/databases", """{"name": "shop", "fields": [{"name": "tier", "type": "text"}, {"name": "n", "type": "number"}, {"name": "b", "type": "boolean"}, {"name": "d", "type": "date"}, {"name": "t", "type": "dateTime"}, {"name": "l", "type": "list"}]}""");
        await _admin.PutAsync(Profile, """{"email": "a@example.com", "fields": {"tier": "gold"}}""");
        _before = await StateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(_before, await StateAsync());
        Assert.Equal(201, (await _admin.PutAsync("/api/v1/databases/shop/profiles/still-works", "{}")).Status);
    }

    [Theory]
    [InlineData(1, null, "{}", 415, "unsupportedMediaType")]
    [InlineData(2, "text/plain", "{}", 415, "unsupportedMediaType")]
    [InlineData(2, "application/xml", "<a/>", 415, "unsupportedMediaType")]
    [InlineData(2, "application/x-www-form-urlencoded", "a=b", 415, "unsupportedMediaType")]
    [InlineData(3, "application/json; charset=utf-16", "{}", 415, "unsupportedMediaType")]
    [InlineData(5, Json, "", 400, "invalidJson")]
    [InlineData(6, Json, "{", 400, "invalidJson")]
    [InlineData(6, Json, """{"email": "a@example.com",}""", 400, "invalidJson")]
    [InlineData(6, Json, """{} // comment""", 400, "invalidJson")]
    [InlineData(6, Json, """{"fields": {"n": NaN}}""", 400, "invalidJson")]
    [InlineData(6, Json, "{}{}", 400, "invalidJson")]
    [InlineData(26, Json, """{"email": "a@example.com", "email": "b@example.com"}""", 400, "duplicateField", "/email")]
    [InlineData(26, Json, """{"fields": {"tier": "a", "tier": "b"}}""", 400, "duplicateField", "/fields/tier")]
    [InlineData(7, Json, """{"fields": {"tier": "\ud800"}}""", 400, "invalidJson", "/fields/tier")]
    [InlineData(23, Json, """{"fields": {"tier": "a\u0000b"}}""", 422, "unsupportedCharacter", "/fields/tier")]
    [InlineData(27, Json, """{"profileID": "x"}""", 422, "unknownField", "/profileID")]
    [InlineData(27, Json, """{"tenantId": 1}""", 422, "unknownField", "/tenantId")]
    [InlineData(27, Json, """{"__proto__": {}}""", 422, "unknownField", "/__proto__")]
    [InlineData(27, Json, """{"$type": "System.Object"}""", 422, "unknownField", "/$type")]
    [InlineData(41, Json, """{"id": "q"}""", 422, "unknownField", "/id")]
    [InlineData(41, Json, """{"fields": {"unknown": 1}}""", 422, "unknownField", "/fields/unknown")]
    [InlineData(41, Json, """{"fields": {"n": "1"}}""", 422, "wrongType", "/fields/n")]
    [InlineData(41, Json, """{"fields": {"tier": 1}}""", 422, "wrongType", "/fields/tier")]
    [InlineData(41, Json, """{"fields": {"b": "true"}}""", 422, "wrongType", "/fields/b")]
    [InlineData(41, Json, """{"fields": {"d": "2026-02-30"}}""", 422, "invalidDate", "/fields/d")]
    [InlineData(41, Json, """{"fields": {"t": "2026-02-03T10:00:00"}}""", 422, "invalidInstant", "/fields/t")]
    [InlineData(41, Json, """{"fields": {"l": "a"}}""", 422, "wrongType", "/fields/l")]
    [InlineData(41, Json, """{"fields": {"l": [{}]}}""", 422, "wrongType", "/fields/l")]
    [InlineData(29, Json, """{"fields": {"n": 1e400}}""", 422, "outOfRange", "/fields/n")]
    [InlineData(29, Json, """{"fields": {"n": 1e-400}}""", 422, "outOfRange", "/fields/n")]
    [InlineData(29, Json, """{"fields": {"n": 9007199254740993}}""", 422, "outOfRange", "/fields/n")]
    [InlineData(33, Json, "[]", 422, "wrongType", "")]
    [InlineData(33, Json, "null", 422, "wrongType", "")]
    [InlineData(33, Json, "\"text\"", 422, "wrongType", "")]
    [InlineData(33, Json, """{"fields": []}""", 422, "wrongType", "/fields")]
    [InlineData(33, Json, """{"subscriptions": null}""", 422, "wrongType", "/subscriptions")]
    [InlineData(33, Json, """{"subscriptions": [{"channel": "email", "status": "maybe"}]}""", 422, "unknownValue", "/subscriptions/0/status")]
    [InlineData(38, Json, """{"email": "a@b"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "a@example.com\r\nBcc: x"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "a@example.com\n"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "\"a b\"@example.com"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "a(comment)@example.com"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "a@bücher.example"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": "a@example.com, b@example.com"}""", 422, "invalidEmail", "/email")]
    [InlineData(38, Json, """{"email": ""}""", 422, "invalidEmail", "/email")]
    [InlineData(39, Json, """{"phone": "++7"}""", 422, "invalidPhone", "/phone")]
    [InlineData(39, Json, """{"phone": "call me"}""", 422, "invalidPhone", "/phone")]
    [InlineData(39, Json, """{"phone": "1234567890123456789012345678901234567890"}""", 422, "invalidPhone", "/phone")]
    [InlineData(39, Json, """{"phone": "１２３４５"}""", 422, "invalidPhone", "/phone")]
    [InlineData(0, Json, """{"timeZone": "Mars/Olympus"}""", 422, "unknownZone", "/timeZone")]
    public async Task A_bad_profile_changes_nothing(int row, string? type, string body, int status, string code, string? path = null)
    {
        foreach (var method in new[] { "PUT", "PATCH" })
            Check(await _admin.SendAsync(method, Profile, body, type), status, code, path, $"row {row}: {method} {body}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?triggers=maybe")]
    [InlineData("?triggers=false&triggers=false")]
    [InlineData("?Triggers=false")]
    [InlineData("?dryRun=true")]
    public async Task Unknown_repeated_and_meaningless_query_names_are_400(string query)
    {
        if (query.Length > 0) Check(await _admin.PutAsync(Profile + query, """{"fields": {"tier": "x"}}"""), 400, "invalidQuery", null, query);
        Check(await _admin.GetAsync("/api/v1/databases?limit=0"), 400, "invalidQuery", null, "limit 0");
        Check(await _admin.GetAsync("/api/v1/databases?limit=1001"), 400, "invalidQuery", null, "limit 1001");
        Check(await _admin.GetAsync("/api/v1/databases?limit=%D9%A3"), 400, "invalidQuery", null, "limit ٣");
        Check(await _admin.GetAsync("/api/v1/databases/shop/profiles?q=a%00b"), 400, "invalidQuery", null, "NUL");
    }

    [Fact]
    public async Task A_body_too_large_too_deep_or_packed_is_refused()
    {
        Check(await _admin.PutAsync(Profile, $$$"""{"fields": {"tier": "{{{new string('x', 1 << 20)}}}"}}"""), 413, "tooLarge", null, "1 MB");
        Check(await _admin.PutAsync(Profile, $$$"""{"fields": {"tier": "{{{new string('x', 10_001)}}}"}}"""), 422, "tooLong", "/fields/tier", "10,001 characters");
        Check(await _admin.PutAsync(Profile, $$$"""{"fields": {"l": {{{new string('[', 17)}}}{{{new string(']', 17)}}}}}"""), 422, "tooDeep", null, "17 deep");
        Check(await _admin.PutAsync(Profile, new string('[', 10_000) + new string(']', 10_000)), 400, "tooDeep", null, "10,000 deep");
        foreach (var encoding in new[] { "gzip", "br, gzip, gzip", "nonsense" })
            Check(await _admin.SendAsync("PUT", Profile, "{}"u8.ToArray(), Json, [("Content-Encoding", encoding)]), 415, "unsupportedMediaType", null, encoding);
        Check(await _admin.SendAsync("PUT", Profile, [.. "{\"email\": \""u8, 0xff, .. "\"}"u8], Json, []), 400, "invalidJson", null, "0xff");
        Check(await _admin.SendAsync("PUT", Profile, Encoding.Unicode.GetBytes("{}"), Json, []), 400, "invalidJson", null, "UTF-16");
    }

    [Fact]
    public async Task An_id_of_white_space_or_over_200_characters_is_422_and_200_astral_ones_are_an_id()
    {
        const string profiles = "/api/v1/databases/shop/profiles/";
        Check(await _admin.PutAsync(profiles + "%20%20", "{}"), 422, "blank", "/id", "spaces");
        Check(await _admin.PutAsync(profiles + new string('a', 201), "{}"), 422, "tooLong", "/id", "201");
        Assert.Equal(400, (await _admin.PutAsync(profiles + "a%00b", "{}")).Status);   // Kestrel's own, without a body
        var other = await api.NewTenantAsync();
        Assert.Equal(201, (await other.PutAsync("/api/v1/databases/default/profiles/" + string.Concat(Enumerable.Repeat("%F0%9F%98%80", 200)), "{}")).Status);
        Assert.Equal(422, (await other.PutAsync("/api/v1/databases/default/profiles/" + string.Concat(Enumerable.Repeat("%F0%9F%98%80", 201)), "{}")).Status);
    }

    [Theory]
    [InlineData("""{}""", 422, "required", "/name")]
    [InlineData("""{"name": ""}""", 422, "empty", "/name")]
    [InlineData("""{"name": "  "}""", 422, "invalidName", "/name")]
    [InlineData("""{"name": ".."}""", 422, "invalidName", "/name")]
    [InlineData("""{"name": "a\nb"}""", 422, "invalidName", "/name")]
    [InlineData("""{"name": 1}""", 422, "wrongType", "/name")]
    [InlineData("""{"name": "shop"}""", 409, "nameTaken", null)]
    [InlineData("""{"name": "x", "number": 1}""", 422, "unknownField", "/number")]
    [InlineData("""{"name": "x", "fields": [{"name": "email", "type": "text"}]}""", 422, "reservedName", "/fields/0/name")]
    [InlineData("""{"name": "x", "fields": [{"name": "1a", "type": "text"}]}""", 422, "invalidName", "/fields/0/name")]
    [InlineData("""{"name": "x", "fields": [{"name": "constructor", "type": "text"}]}""", 422, "invalidName", "/fields/0/name")]
    [InlineData("""{"name": "x", "fields": [{"name": "a", "type": "jsonb"}]}""", 422, "unknownValue", "/fields/0/type")]
    [InlineData("""{"name": "x", "fields": [{"name": "a", "type": "text"}, {"name": "a", "type": "text"}]}""", 422, "duplicateName", "/fields/1/name")]
    [InlineData("""{"name": "x", "fields": [null]}""", 422, "wrongType", "/fields/0")]
    [InlineData("""{"name": "x", "groups": [1]}""", 422, "wrongType", "/groups/0")]
    public async Task A_bad_database_is_refused(string body, int status, string code, string? path) =>
        Check(await _admin.PostAsync("/api/v1/databases", body), status, code, path, body);

    [Theory]
    [InlineData("""{"fields": [{"name": "tier", "type": "number"}]}""", 409, "fieldInUse", null)]
    [InlineData("""{"fields": [{"name": "tier", "type": null}]}""", 409, "fieldInUse", null)]
    [InlineData("""{"fields": [{"name": "new", "type": "text"}, {"name": "tier", "type": null}]}""", 409, "fieldInUse", null)]
    [InlineData("""{"fields": [{"name": "tier"}]}""", 422, "required", "/fields/0/type")]
    [InlineData("""{"name": "other"}""", 422, "unknownField", "/name")]
    public async Task A_bad_change_of_a_database_is_refused_whole(string body, int status, string code, string? path) =>
        Check(await _admin.PatchAsync("/api/v1/databases/shop", body), status, code, path, body);

    [Theory]
    [InlineData("POST", "/api/v1/tokens", """{"role": "viewer"}""", 422, "required", "/name")]
    [InlineData("POST", "/api/v1/tokens", """{"name": "x", "role": "god"}""", 422, "unknownValue", "/role")]
    [InlineData("POST", "/api/v1/tokens", """{"name": "x", "role": "Viewer"}""", 422, "unknownValue", "/role")]
    [InlineData("POST", "/api/v1/tokens", """{"name": "x", "role": "viewer", "database": "nowhere"}""", 422, "unknownDatabase", "/database")]
    [InlineData("POST", "/api/v1/tokens", """{"name": "x", "role": "viewer", "expiresAt": "2020-01-01T00:00:00Z"}""", 422, "inThePast", "/expiresAt")]
    [InlineData("POST", "/api/v1/tokens", """{"name": "x", "role": "viewer", "expiresAt": "tomorrow"}""", 422, "invalidInstant", "/expiresAt")]
    [InlineData("PATCH", "/api/v1/account", """{"timeZone": "UTC+3"}""", 422, "unknownZone", "/timeZone")]
    [InlineData("PATCH", "/api/v1/account", """{"retentionDays": 0}""", 422, "outOfRange", "/retentionDays")]
    [InlineData("PATCH", "/api/v1/account", """{"retentionDays": 1.5}""", 422, "outOfRange", "/retentionDays")]
    [InlineData("PATCH", "/api/v1/account", """{"ratePerSecond": -1}""", 422, "outOfRange", "/ratePerSecond")]
    [InlineData("PATCH", "/api/v1/account", """{"tenant": 2}""", 422, "unknownField", "/tenant")]
    public async Task A_bad_token_or_account_is_refused(string method, string address, string body, int status, string code, string? path) =>
        Check(await _admin.SendAsync(method, address, body), status, code, path, body);

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("POST")]
    public async Task A_method_that_an_address_does_not_take_is_405_with_allow(string method)
    {
        var answer = await _admin.SendAsync(method, Profile, null, null, [("X-HTTP-Method-Override", "DELETE")]);
        Check(answer, 405, "methodNotAllowed", null, method);
        Assert.Contains("PUT", answer.Header("Allow"));
    }

    [Fact]
    public async Task What_is_not_there_is_404_with_a_body_whatever_is_accepted()
    {
        foreach (var accept in new[] { "text/html", "image/png", "*/*" })
            Check(await _admin.SendAsync("GET", "/api/v1/nothing/here", null, null, [("Accept", accept)]), 404, "notFound", null, accept);
    }

    [Fact]
    public async Task A_cursor_that_was_not_given_out_for_this_list_is_400()
    {
        for (var i = 0; i < 3; i++) await _admin.PutAsync("/api/v1/databases/default/profiles/" + i, "{}");
        const string list = "/api/v1/databases/default/profiles?limit=1";
        var cursor = (await _admin.GetAsync(list)).Json.GetProperty("nextCursor").GetString()!;
        Assert.Equal(200, (await _admin.GetAsync($"{list}&cursor={cursor}")).Status);
        Assert.Equal(200, (await _admin.GetAsync($"/api/v1/databases/default/profiles?limit=2&cursor={cursor}")).Status);
        var other = await api.NewTenantAsync();
        foreach (var bad in new[]
        {
            await _admin.GetAsync($"{list}&cursor={(cursor[0] == 'A' ? 'B' : 'A')}{cursor[1..]}"), await _admin.GetAsync($"{list}&cursor={cursor[..^3]}"),
            await _admin.GetAsync($"{list}&cursor="), await _admin.GetAsync($"{list}&cursor=%21%21"), await _admin.GetAsync($"{list}&cursor={new string('A', 5000)}"),
            await _admin.GetAsync($"{list}&q=a&cursor={cursor}"), await _admin.GetAsync($"/api/v1/databases/shop/profiles?limit=1&cursor={cursor}"),
            await other.GetAsync($"{list}&cursor={cursor}"),
        })
            Check(bad, 400, "invalidCursor", null, bad.Text);
    }

    private static void Check(ApiAnswer answer, int status, string code, string? path, string what)
    {
        Assert.True(answer.Status == status, $"{what} answers {answer.Status}: {answer.Text}");
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal(code, answer.Code);
        Assert.Equal(status, answer.Json.GetProperty("status").GetInt32());
        if (path is not null) Assert.Equal(path, answer.Json.GetProperty("errors")[0].GetProperty("path").GetString());
    }

    private async Task<string> StateAsync() => string.Join('\n',
        (await _admin.GetAsync("/api/v1/databases?limit=1000")).Text, (await _admin.GetAsync("/api/v1/databases/shop/profiles?limit=1000")).Text,
        (await _admin.GetAsync("/api/v1/tokens")).Text, (await _admin.GetAsync("/api/v1/account")).Text);
}
