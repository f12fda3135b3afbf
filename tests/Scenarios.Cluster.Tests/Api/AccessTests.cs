using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class AccessTests(ApiFixture api)
{
    [Fact]
    public void Every_endpoint_names_who_may_call_it()
    {
        var endpoints = api
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .ToList();
        Assert.NotEmpty(endpoints);
        foreach (var endpoint in endpoints)
        {
            var isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            var isNamed = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(a => a.Policy is not null);
            Assert.True(isOpen != isNamed, $"{endpoint.DisplayName} names no role, or is open although it names one");
            if (endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal) && !isOpen)
                Assert.True(endpoint.Metadata.GetMetadata<NeededRole>() is not null, endpoint.DisplayName);
            // Open are the reference, health, the console's files, and signing in and out.
            if (isOpen)
                Assert.Matches(
                    "^/?(openapi|docs|health|api/v1/session/?$|$|\\{|assets|index|favicon)",
                    endpoint.RoutePattern.RawText
                );
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("sc_0000000000000000_00000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("somebody-elses-token-of-any-shape")]
    public async Task Without_a_good_token_everything_of_the_api_is_401(string? token)
    {
        foreach (
            var path in new[]
            {
                "/api/v1/databases",
                "/api/v1/account",
                "/api/v1/tokens",
                "/api/v1/nothing",
                "/metrics",
                "/dashboard",
            }
        )
        {
            var answer = await api.Caller(token).GetAsync(path);
            Assert.True(answer.Status == 401, $"{path} answers {answer.Status}");
            Assert.Equal("unauthenticated", answer.Code);
            Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
        }
    }

    [Fact]
    public async Task A_token_with_a_wrong_secret_behind_a_right_id_is_unknown()
    {
        var admin = await api.NewTenantAsync();
        var made = (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}"""))
            .Json.GetProperty("token")
            .GetString()!;
        var (head, last) = (made[..20], made[^8..]);
        Assert.Equal(401, (await api.Caller(head + new string('0', 64) + last).GetAsync("/api/v1/databases")).Status);
        Assert.Equal(200, (await api.Caller(made).GetAsync("/api/v1/databases")).Status);
    }

    /// <summary>What each role may do of what stands here (product.md, the table of roles).</summary>
    [Theory]
    [InlineData("ingest", 403, 403, 403, 403, 403)]
    [InlineData("viewer", 200, 403, 403, 403, 403)]
    [InlineData("operator", 200, 200, 201, 403, 403)]
    [InlineData("editor", 200, 200, 201, 201, 403)]
    [InlineData("admin", 200, 200, 201, 201, 200)]
    public async Task Roles_open_exactly_what_they_should(
        string role,
        int databases,
        int profiles,
        int writeProfile,
        int createDatabase,
        int listTokens
    )
    {
        var admin = await api.NewTenantAsync();
        var caller = api.Caller(
            (await admin.PostAsync("/api/v1/tokens", $$"""{"name": "x", "role": "{{role}}"}"""))
                .Json.GetProperty("token")
                .GetString()
        );
        Assert.Equal(databases, (await caller.GetAsync("/api/v1/databases")).Status);
        Assert.Equal(profiles, (await caller.GetAsync("/api/v1/databases/default/profiles")).Status);
        Assert.Equal(writeProfile, (await caller.PutAsync("/api/v1/databases/default/profiles/p", "{}")).Status);
        Assert.Equal(createDatabase, (await caller.PostAsync("/api/v1/databases", """{"name": "d"}""")).Status);
        Assert.Equal(listTokens, (await caller.GetAsync("/api/v1/tokens")).Status);
        Assert.Equal(403, (await caller.PostAsync("/api/v1/tenants", """{"name": "t"}""")).Status);
        Assert.Equal(403, (await caller.GetAsync("/metrics")).Status);
    }

    [Fact]
    public async Task A_revoked_token_is_refused_within_five_seconds_and_here_at_once()
    {
        var admin = await api.NewTenantAsync();
        var made = (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}""")).Json;
        var caller = api.Caller(made.GetProperty("token").GetString());
        Assert.Equal(200, (await caller.GetAsync("/api/v1/databases")).Status);
        Assert.Equal(204, (await admin.DeleteAsync("/api/v1/tokens/" + made.GetProperty("id").GetString())).Status);
        Assert.Equal(401, (await caller.GetAsync("/api/v1/databases")).Status);
        Assert.Equal(404, (await admin.DeleteAsync("/api/v1/tokens/" + made.GetProperty("id").GetString())).Status);
        Assert.DoesNotContain(made.GetProperty("id").GetString()!, (await admin.GetAsync("/api/v1/tokens")).Text);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var admin = await api.NewTenantAsync();
        var made = (
            await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer", "expiresAt": "2200-01-01T00:00:00Z"}""")
        ).Json;
        await api.Database.Ledger.ExpireTokenAsync(made.GetProperty("id").GetString()!);
        Assert.Equal(401, (await api.Caller(made.GetProperty("token").GetString()).GetAsync("/api/v1/databases")).Status);
    }

    [Fact]
    public async Task What_belongs_to_another_tenant_answers_as_what_never_existed()
    {
        var (mine, theirs) = (await api.NewTenantAsync(), await api.NewTenantAsync());
        await theirs.PostAsync("/api/v1/databases", """{"name": "secret", "fields": []}""");
        await theirs.PutAsync("/api/v1/databases/secret/profiles/p", "{}");
        var token = (await theirs.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}"""))
            .Json.GetProperty("id")
            .GetString();
        foreach (
            var (method, path, body) in new[]
            {
                ("GET", "/api/v1/databases/NAME", null),
                ("PATCH", "/api/v1/databases/NAME", "{}"),
                ("DELETE", "/api/v1/databases/NAME", null),
                ("GET", "/api/v1/databases/NAME/profiles", null),
                ("GET", "/api/v1/databases/NAME/profiles/p", null),
                ("PUT", "/api/v1/databases/NAME/profiles/p", "{}"),
                ("PATCH", "/api/v1/databases/NAME/profiles/p", "{}"),
                ("DELETE", "/api/v1/databases/NAME/profiles/p", null),
                ("DELETE", "/api/v1/tokens/NAME", null),
            }
        )
        {
            var foreign = await mine.SendAsync(
                method,
                path.Replace(
                    "NAME",
                    path.Contains("tokens", StringComparison.Ordinal) ? token : "secret",
                    StringComparison.Ordinal
                ),
                body
            );
            var unknown = await mine.SendAsync(method, path.Replace("NAME", "never", StringComparison.Ordinal), body);
            Assert.True(foreign.Status == 404, $"{method} {path} answers {foreign.Status}");
            Assert.Equal(unknown.Text, foreign.Text);
        }
        Assert.Equal(200, (await theirs.GetAsync("/api/v1/databases/secret/profiles/p")).Status);
    }

    [Fact]
    public async Task A_database_with_groups_is_visible_to_tokens_that_share_one_and_to_admins()
    {
        var admin = await api.NewTenantAsync();
        await admin.PostAsync("/api/v1/databases", """{"name": "crm", "groups": ["crm"]}""");
        async Task<ApiCaller> EditorAsync(string groups) =>
            api.Caller(
                (await admin.PostAsync("/api/v1/tokens", $$"""{"name": "x", "role": "editor", "groups": {{groups}}}"""))
                    .Json.GetProperty("token")
                    .GetString()
            );
        var (inside, outside) = (await EditorAsync("""["crm", "x"]"""), await EditorAsync("""["ads"]"""));
        Assert.Equal(200, (await inside.GetAsync("/api/v1/databases/crm")).Status);
        Assert.Equal(200, (await admin.GetAsync("/api/v1/databases/crm")).Status);
        Assert.Equal(404, (await outside.GetAsync("/api/v1/databases/crm")).Status);
        Assert.Equal(404, (await outside.PutAsync("/api/v1/databases/crm/profiles/p", "{}")).Status);
        Assert.Equal(
            ["default"],
            (await outside.GetAsync("/api/v1/databases"))
                .Json.GetProperty("items")
                .EnumerateArray()
                .Select(d => d.GetProperty("name").GetString())
        );
        Assert.Equal(
            "notInGroup",
            (await outside.PostAsync("/api/v1/databases", """{"name": "mine", "groups": ["crm"]}""")).Code
        );
        Assert.Equal(
            ["ads", "crm", "x"],
            (await admin.GetAsync("/api/v1/groups")).Json.GetProperty("items").EnumerateArray().Select(g => g.GetString())
        );
    }

    [Fact]
    public async Task A_token_cannot_grant_a_role_higher_than_its_own()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(
            403,
            (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "admin", "operator": true}""")).Status
        );
        Assert.Equal(
            201,
            (await api.Operator.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer", "operator": true}""")).Status
        );
        Assert.Equal(
            "unknownField",
            (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer", "tenant": 1}""")).Code
        );
        Assert.Equal(
            "unknownField",
            (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer", "id": "mine"}""")).Code
        );
    }

    [Fact]
    public async Task No_secret_is_kept_in_clear_anywhere_in_the_database()
    {
        var secrets = new List<string>();
        var tenant = await api.Operator.PostAsync(
            "/api/v1/tenants",
            $$"""{"name": "canary {{Guid.NewGuid()}}"}""",
            key: Guid.NewGuid().ToString()
        );
        secrets.Add(tenant.Json.GetProperty("token").GetString()!);
        var made = await api.Caller(secrets[0])
            .PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}""", key: "canary");
        secrets.Add(made.Json.GetProperty("token").GetString()!);
        secrets.Add(ApiFixture.OperatorToken);

        await using var tables = api.Database.Reads.CreateCommand(
            "select format('%I', relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        );
        await using var reader = await tables.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var searched = 0;
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            await using var rows = api.Database.Reads.CreateCommand(
                $"""select count(*) from {reader.GetString(0)} as t where exists (select from unnest($1::text[]) as s where position(s in t::text) > 0)"""
            );
            rows.Parameters.Add(new NpgsqlParameter { Value = secrets });
            Assert.True(
                (long)(await rows.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 0,
                $"a secret stands in {reader.GetString(0)}"
            );
            searched++;
        }
        Assert.InRange(searched, 10, 1000);
    }

    [Fact]
    public async Task Management_leaves_audit_entries_with_actor_and_action()
    {
        var admin = await api.NewTenantAsync();
        await admin.PostAsync("/api/v1/databases", """{"name": "d"}""");
        await admin.PatchAsync("/api/v1/databases/d", """{"fields": [{"name": "a", "type": "text"}]}""");
        await admin.DeleteAsync("/api/v1/databases/d");
        var token = (await admin.PostAsync("/api/v1/tokens", """{"name": "x", "role": "viewer"}"""))
            .Json.GetProperty("id")
            .GetString();
        await admin.DeleteAsync("/api/v1/tokens/" + token);
        var first = await admin.GetAsync("/api/v1/audit?limit=4");
        var rest = await admin.GetAsync("/api/v1/audit?limit=4&cursor=" + first.Json.GetProperty("nextCursor").GetString());
        Assert.Equal(
            [$"revoke token/{token}", $"create token/{token}", "delete database/d", "change database/d", "create database/d"],
            Entries(first).Concat(Entries(rest))
        );
        // Who creates tenants has it in his own book.
        Assert.StartsWith("create tenant/", Entries(await api.Operator.GetAsync("/api/v1/audit?limit=1000")).First());

        static IEnumerable<string> Entries(ApiAnswer answer) =>
            answer
                .Json.GetProperty("items")
                .EnumerateArray()
                .Select(e => $"{e.GetProperty("action").GetString()} {e.GetProperty("subject").GetString()}");
    }

    [Fact]
    public async Task The_account_starts_in_utc_and_keeps_what_is_changed()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal("UTC", (await admin.GetAsync("/api/v1/account")).Json.GetProperty("timeZone").GetString());
        var changed = await admin.PatchAsync(
            "/api/v1/account",
            """{"timeZone": "Europe/Berlin", "retentionDays": 30, "ratePerSecond": 100}"""
        );
        Assert.Equal(200, changed.Status);
        var unlimited = await admin.PatchAsync("/api/v1/account", """{"ratePerSecond": null}""");
        Assert.Equal(JsonValueKind.Null, unlimited.Json.GetProperty("ratePerSecond").ValueKind);
        Assert.Equal("Europe/Berlin", unlimited.Json.GetProperty("timeZone").GetString());
        Assert.Equal(30, (await admin.GetAsync("/api/v1/account")).Json.GetProperty("retentionDays").GetInt32());
    }
}
