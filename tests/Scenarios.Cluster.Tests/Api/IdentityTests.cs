using Scenarios.Cluster.Tests.Support;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Cluster.Tests.Api;

/// <summary>
/// One person is one profile, however many callers capture it by an address at the same instant, on whichever node.
/// </summary>
public sealed class IdentityTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const int Callers = 24;

    public static TheoryData<ReentryMode, string, string> ModesAndMatches
    {
        get
        {
            var data = new TheoryData<ReentryMode, string, string>();
            foreach (var mode in Enum.GetValues<ReentryMode>())
            {
                data.Add(mode, """{"email": "New@Example.com"}""", """{"email": "new@example.com"}""");
                data.Add(mode, """{"phone": "+4915112345678"}""", "{}");
                data.Add(mode, """{"field": "points", "value": 12.0}""", """{"fields": {"points": 12}}""");
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ModesAndMatches))]
    public async Task Callers_that_match_an_unknown_address_at_once_create_one_profile(
        ReentryMode mode,
        string match,
        string profile
    )
    {
        var (database, number) = await ScenarioAsync(mode);
        var body = $$"""{"match": {{match}}, "profile": {{profile}}}""";

        var answers = await AtOnceAsync(
            (api, i) =>
                api.SendAsync(
                    HttpMethod.Post,
                    $"/api/v1/scenarios/{number}/captures",
                    body,
                    i % 3 == 0 ? $"{number}/{i}" : null
                )
        );

        var id = Assert.Single(await ProfilesAsync(database));
        var accepted = answers.Count(a => a.Ok().GetProperty("accepted").GetBoolean());
        Assert.Equal(mode is ReentryMode.Never or ReentryMode.AfterExit ? 1 : Callers, accepted);
        var runs = await cluster.First.Api.RunsAsync(number);
        Assert.All(runs, run => Assert.Equal(id, run.ProfileId));
        Assert.Equal(mode == ReentryMode.Parallel ? Callers : 1, runs.Count(r => r.IsOpen));
        // Found again by every later call, with no profile to create.
        var later = await cluster
            .Nodes[1]
            .Api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", $$"""{"match": {{match}}}""");
        Assert.NotEqual("profileNotFound", Reason(later));
        Assert.NotEqual("ambiguousMatch", Reason(later));
        await Invariants.HoldAsync(
            cluster.First.Api,
            number,
            [.. (await cluster.First.Api.RunsAsync(number)).Select(r => r.RunId)]
        );
    }

    [Fact]
    public async Task Equal_batches_at_once_create_each_profile_once()
    {
        var (database, number) = await ScenarioAsync(ReentryMode.Never);
        var items = Enumerable
            .Range(0, 200)
            .Select(i => $$$"""{"match": {"email": "p{{{i % 100}}}@example.com"}, "profile": {}}""");
        var body = $$"""{"items": [{{string.Join(',', items)}}]}""";
        var turned = $$"""{"items": [{{string.Join(',', items.Reverse())}}]}""";

        var answers = await AtOnceAsync(
            (api, i) => api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures:batch", i % 2 == 0 ? body : turned)
        );

        Assert.Equal(100, (await ProfilesAsync(database)).Count);
        Assert.Equal(100, answers.Sum(a => a.Ok().GetProperty("accepted").GetInt32()));
    }

    [Fact]
    public async Task Altcrafts_calls_at_once_create_one_profile()
    {
        var (database, number) = await ScenarioAsync(ReentryMode.Never);
        var body = $$$"""{"workflow_id": {{{number}}}, "matching": "email", "data": {"email": "new@example.com"}}""";

        await AtOnceAsync((api, _) => api.SendAsync(HttpMethod.Post, "/api/v1.1/workflows/import_and_start", body));

        Assert.Single(await ProfilesAsync(database));
    }

    [Fact]
    public async Task The_next_caller_uses_the_id_that_a_caller_claimed_before_it_died()
    {
        var (database, number) = await ScenarioAsync(ReentryMode.Never);
        var api = cluster.First.Api;
        var storage = cluster.First.Database.Ledger;
        await using var numbers = storage.CreateCommand($"select number from profile_database where name = '{database}'");
        var profileDatabase = (int)(await numbers.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        var match = new ProfileMatch(MatchKind.Email, null, "new@example.com");
        var claimed = await new MatchReads(storage).ClaimAsync(
            TestNode.Tenant,
            profileDatabase,
            [new ProfileClaim(match, "claimed", null)],
            TestContext.Current.CancellationToken
        );

        var reply = await api.SendAsync(HttpMethod.Post, $"/api/v1/scenarios/{number}/captures", NewByEmail);

        Assert.Equal(["claimed"], claimed);
        Assert.True(reply.Ok().GetProperty("accepted").GetBoolean());
        Assert.Equal(["claimed"], await ProfilesAsync(database));
    }

    [Fact]
    public async Task An_address_that_its_profile_has_given_up_belongs_to_the_next_person()
    {
        var (database, number) = await ScenarioAsync(ReentryMode.Never);
        var path = $"/api/v1/scenarios/{number}/captures";
        await cluster.First.Api.SendAsync(HttpMethod.Post, path, NewByEmail);
        var first = Assert.Single(await ProfilesAsync(database));
        await cluster.First.Api.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/databases/{database}/profiles/{first}",
            """{"email": "other@example.com"}"""
        );

        var answers = await AtOnceAsync((api, _) => api.SendAsync(HttpMethod.Post, path, NewByEmail));

        Assert.Equal(1, answers.Count(a => a.Ok().GetProperty("accepted").GetBoolean()));
        Assert.Equal(2, (await ProfilesAsync(database)).Count);
        var former = await cluster.First.Api.ProfileOfAsync(database, first);
        Assert.Equal("other@example.com", former.GetProperty("email").GetString());
    }

    [Fact]
    public async Task A_deleted_profile_leaves_no_claim()
    {
        var (database, number) = await ScenarioAsync(ReentryMode.AfterExit);
        var path = $"/api/v1/scenarios/{number}/captures";
        await cluster.First.Api.SendAsync(HttpMethod.Post, path, NewByEmail);
        var first = Assert.Single(await ProfilesAsync(database));

        await cluster.First.Api.SendAsync(HttpMethod.Delete, $"/api/v1/databases/{database}/profiles/{first}");
        await cluster.First.Api.SendAsync(HttpMethod.Post, path, NewByEmail);

        Assert.NotEqual(first, Assert.Single(await ProfilesAsync(database)));
    }

    [Theory]
    [InlineData("""{"email": "aa@example.com"}""", """{"email": "bb@example.com"}""", "/profile/email")]
    [InlineData("""{"email": "aa@example.com"}""", """{"email": null}""", "/profile/email")]
    [InlineData("""{"phone": "+4915112345678"}""", """{"phone": "+4915112345679"}""", "/profile/phone")]
    [InlineData("""{"field": "points", "value": 1}""", """{"fields": {"points": 2}}""", "/profile/fields/points")]
    [InlineData("""{"field": "points", "value": 1}""", """{"fields": {"points": null}}""", "/profile/fields/points")]
    public async Task A_match_that_contradicts_the_profile_is_refused(string match, string profile, string path)
    {
        var (database, number) = await ScenarioAsync(ReentryMode.Never);

        var reply = await cluster.First.Api.SendAsync(
            HttpMethod.Post,
            $"/api/v1/scenarios/{number}/captures",
            $$"""{"match": {{match}}, "profile": {{profile}}}"""
        );

        Assert.Equal(422, reply.Status);
        var error = reply.Body.GetProperty("errors")[0];
        Assert.Equal(
            (path, "contradictsMatch"),
            (error.GetProperty("path").GetString(), error.GetProperty("code").GetString())
        );
        Assert.Empty(await ProfilesAsync(database));
    }

    [Fact]
    public async Task Profiles_that_share_an_address_are_listed_page_by_page()
    {
        var api = cluster.First.Api;
        var database = await api.DatabaseAsync();
        await api.ProfileAsync(database, "a", new { email = "Two@example.com", phone = "+4915112345678" });
        await api.ProfileAsync(database, "b", new { email = "two@example.com", phone = "+4915112345678" });
        await api.ProfileAsync(database, "c", new { email = "one@example.com" });
        var path = $"/api/v1/databases/{database}/duplicates?limit=1";

        var first = await api.GetAsync(path);
        var cursor = Uri.EscapeDataString(first.GetProperty("nextCursor").GetString()!);
        var second = await api.GetAsync($"{path}&cursor={cursor}");

        Assert.Equal(
            """[{"kind":"email","value":"two@example.com","profileIds":["a","b"],"count":2}]""",
            first.GetProperty("items").GetRawText()
        );
        Assert.Equal(
            """[{"kind":"phone","value":"+4915112345678","profileIds":["a","b"],"count":2}]""",
            second.GetProperty("items").GetRawText()
        );
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
    }

    private const string NewByEmail = """{"match": {"email": "new@example.com"}, "profile": {}}""";

    private async Task<(string Database, int Number)> ScenarioAsync(ReentryMode mode)
    {
        var api = cluster.First.Api;
        var database = await api.DatabaseAsync();
        var number = await api.ScenarioAsync(database, settings: new { reentryMode = Name<ReentryMode>.Of(mode) });
        await api.ActivateAsync(number);
        return (database, number);
    }

    /// <summary>All callers at once, every other one on the second node.</summary>
    private Task<Reply[]> AtOnceAsync(Func<Support.Api, int, Task<Reply>> call) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => call(cluster.Nodes[i % 2].Api, i))));

    private async Task<IReadOnlyList<string>> ProfilesAsync(string database) =>
        [
            .. (await cluster.First.Api.GetAsync($"/api/v1/databases/{database}/profiles?limit=1000"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(p => p.GetProperty("id").GetString()!),
        ];

    private static string? Reason(Reply reply) =>
        reply.Ok().TryGetProperty("reason", out var reason) ? reason.GetString() : null;
}
