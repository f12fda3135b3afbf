using System.Globalization;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ProfileTests(ApiFixture api)
{
    private const string Fields = """
        [{"name": "tier", "type": "text"}, {"name": "orders", "type": "number"}, {"name": "vip", "type": "boolean"},
         {"name": "born", "type": "date"}, {"name": "seen", "type": "dateTime"}, {"name": "tags", "type": "list"}]
        """;

    private static string At(string id) => "/api/v1/databases/shop/profiles/" + id;

    [Fact]
    public async Task Put_replaces_the_profile_and_patch_merges_into_it_where_null_clears()
    {
        var admin = await NewShopAsync();
        var created = await admin.PutAsync(
            At("anna"),
            """
            {"email": "Anna@Example.com", "phone": "+4915112345678", "timeZone": "Europe/Berlin",
             "fields": {"tier": "gold", "orders": 3.50, "tags": ["a", "b"]}, "subscriptions": [{"channel": "email", "resource": "news", "status": "subscribed"}]}
            """
        );
        Assert.Equal(201, created.Status);
        Assert.Equal("/api/v1/databases/shop/profiles/anna", created.Header("Location"));

        var merged = await admin.PatchAsync(
            At("anna"),
            """
            {"phone": null, "fields": {"tier": null, "vip": true, "seen": "2026-11-23T12:00:00+01:00"},
             "subscriptions": [{"channel": "email", "resource": "news", "status": "unsubscribed", "at": "2026-01-01T00:00:00Z"}, {"channel": "sms", "status": "pending"}]}
            """
        );
        Assert.Equal(200, merged.Status);
        Assert.Equal(
            """{"orders": 3.50, "seen": "2026-11-23T12:00:00+01:00", "tags": ["a","b"], "vip": true}""",
            Sorted(merged, "fields")
        );
        Assert.Equal("Anna@Example.com", merged.Json.GetProperty("email").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, merged.Json.GetProperty("phone").ValueKind);
        Assert.Equal(
            ["email unsubscribed", "sms pending"],
            merged
                .Json.GetProperty("subscriptions")
                .EnumerateArray()
                .Select(s => $"{s.GetProperty("channel")} {s.GetProperty("status")}")
                .Order(StringComparer.Ordinal)
        );

        var replaced = await admin.PutAsync(At("anna"), """{"fields": {"tier": "silver"}}""");
        Assert.Equal(200, replaced.Status);
        Assert.Equal("""{"tier": "silver"}""", Sorted(replaced, "fields"));
        Assert.Equal("[]", replaced.Json.GetProperty("subscriptions").GetRawText());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, replaced.Json.GetProperty("timeZone").ValueKind);
        Assert.Equal(replaced.Text, (await admin.GetAsync(At("anna"))).Text);
        Assert.Equal(created.Json.GetProperty("createdAt").GetString(), replaced.Json.GetProperty("createdAt").GetString());
    }

    [Fact]
    public async Task A_patch_of_an_unknown_profile_creates_it()
    {
        var admin = await NewShopAsync();
        Assert.Equal(201, (await admin.PatchAsync(At("new"), """{"fields": {"orders": 1}}""")).Status);
        Assert.Equal(200, (await admin.PatchAsync(At("new"), "{}")).Status);
    }

    [Fact]
    public async Task Fifty_patches_at_once_lose_none()
    {
        var admin = await NewShopAsync();
        var names = string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"name": "f{{i}}", "type": "number"}"""));
        Assert.Equal(200, (await admin.PatchAsync("/api/v1/databases/shop", $$"""{"fields": [{{names}}]}""")).Status);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => admin.PatchAsync(At("hot"), $$$"""{"fields": {"f{{{i}}}": {{{i}}}}}"""))
        );
        Assert.All(answers, a => Assert.InRange(a.Status, 200, 201));
        Assert.Single(answers, a => a.Status == 201);
        Assert.Equal(50, (await admin.GetAsync(At("hot"))).Json.GetProperty("fields").EnumerateObject().Count());
    }

    /// <summary>Ids are the caller's: taken as sent, decoded once, never trimmed, never folded.</summary>
    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%20lead", " lead")]
    [InlineData("x:activate", "x:activate")]
    [InlineData("%D0%B0nna", "\u0430nna")] // a Cyrillic letter that looks Latin
    [InlineData("e%CC%81", "e\u0301")] // the same letter composed …
    [InlineData("%C3%A9", "\u00e9")] // … and not
    [InlineData("a%E2%80%8D%E2%80%AEb", "a\u200d\u202eb")] // joined by nothing, turned around
    [InlineData("..%2f..%2fetc", "../../etc")]
    [InlineData("a;x=1", "a;x=1")]
    [InlineData("a+b", "a+b")]
    [InlineData("%3Cscript%3E", "<script>")]
    [InlineData("__proto__", "__proto__")]
    public async Task An_id_is_kept_as_it_was_sent(string segment, string id)
    {
        var admin = await NewShopAsync();
        var created = await admin.PutAsync(At(segment), "{}");
        Assert.Equal(201, created.Status);
        Assert.Equal(id, created.Json.GetProperty("id").GetString());
        Assert.Equal(id, (await admin.GetAsync(At(segment))).Json.GetProperty("id").GetString());
        Assert.Equal(1, (await admin.GetAsync("/api/v1/databases/shop/profiles")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Profiles_are_found_by_the_beginning_of_their_id_their_email_phone_and_fields()
    {
        var admin = await NewShopAsync();
        await admin.PutAsync(
            At("user-1"),
            """{"email": "One@Example.com", "fields": {"tier": "gold", "orders": 5, "tags": ["x"], "vip": true}}"""
        );
        await admin.PutAsync(
            At("user-2"),
            """{"phone": "+491511", "fields": {"tier": "silver", "orders": 5.0, "tags": ["x", "y"], "born": "1990-01-02"}}"""
        );
        await admin.PutAsync(At("other"), """{"email": "user-9@example.com"}""");
        foreach (
            var (q, ids) in new[]
            {
                ("user-", "user-1 user-2"),
                ("one@example.COM", "user-1"),
                ("%2B491511", "user-2"),
                ("tier:gold", "user-1"),
                ("orders:5", "user-1 user-2"),
                ("tags:x", "user-1 user-2"),
                ("tags:y", "user-2"),
                ("vip:true", "user-1"),
                ("born:1990-01-02", "user-2"),
                ("nobody", ""),
                ("%25", ""),
                ("", "other user-1 user-2"),
            }
        )
        {
            var found = await admin.GetAsync($"/api/v1/databases/shop/profiles?q={q}");
            var seen = found.Json.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("id").GetString());
            Assert.Equal($"{q} → {ids}", $"{q} → {string.Join(' ', seen)}");
        }
        Assert.Equal("invalidQuery", (await admin.GetAsync("/api/v1/databases/shop/profiles?q=orders:many")).Code);
    }

    [Fact]
    public async Task A_list_pages_by_key_and_neither_skips_nor_repeats_while_it_changes()
    {
        var admin = await NewShopAsync();
        for (var i = 0; i < 25; i++)
            await admin.PutAsync(At($"p{i:00}"), "{}");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await admin.GetAsync(
                "/api/v1/databases/shop/profiles?limit=10" + (cursor is null ? "" : "&cursor=" + cursor)
            );
            seen.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("id").GetString()!));
            cursor = page.Json.GetProperty("nextCursor").GetString();
            // Before the page: seen never
            await admin.PutAsync(At("a" + seen.Count.ToString(CultureInfo.InvariantCulture)), "{}");
            await admin.DeleteAsync(At("p00"));
        } while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"p{i:00}"), seen);
    }

    [Fact]
    public async Task A_deleted_profile_is_gone()
    {
        var admin = await NewShopAsync();
        await admin.PutAsync(At("bye"), "{}");
        Assert.Equal(204, (await admin.DeleteAsync(At("bye"))).Status);
        Assert.Equal(404, (await admin.GetAsync(At("bye"))).Status);
        Assert.Equal(404, (await admin.DeleteAsync(At("bye"))).Status);
    }

    private async Task<ApiCaller> NewShopAsync()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(201, (await admin.PostAsync("/api/v1/databases", $$"""{"name": "shop", "fields": {{Fields}}}""")).Status);
        return admin;
    }

    /// <summary>An object as PostgreSQL would write it, by name.</summary>
    private static string Sorted(ApiAnswer answer, string member) =>
        "{"
        + string.Join(
            ", ",
            answer
                .Json.GetProperty(member)
                .EnumerateObject()
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => $"\"{p.Name}\": {p.Value.GetRawText()}")
        )
        + "}";
}
