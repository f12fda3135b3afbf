using System.Globalization;
using Npgsql;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// What bad requests are sent against: a tenant with a database, scenarios in each state, runs that stand and have ended, a
/// neighbour with the like; and the probe that nothing has changed and all still works.
/// </summary>
public sealed class Scene(ApiFixture api)
{
    public const string Shop = "/api/v1/databases/shop",
        All = "/api/v1/scenarios";

    /// <summary>By number: active and <c>parallel</c>; inactive and not complete; in the trash; inactive and complete.</summary>
    public const string Open = All + "/1",
        Incomplete = All + "/2",
        Trashed = All + "/3",
        Idle = All + "/4";

    /// <summary>Only the neighbour has one of this number.</summary>
    public const string Foreign = All + "/5";

    private static int _good;
    private readonly Dictionary<string, ApiCaller> _colleagues = [];

    public ApiCaller Admin { get; private set; } = null!;
    public ApiCaller Neighbour { get; private set; } = null!;
    public Guid Run { get; private set; }
    public Guid Ended { get; private set; }

    public static async Task<Scene> NewAsync(ApiFixture api)
    {
        var scene = new Scene(api) { Admin = await api.NewTenantAsync(), Neighbour = await api.NewTenantAsync() };
        foreach (var admin in new[] { scene.Admin, scene.Neighbour })
        {
            await MadeAsync(
                admin,
                "/api/v1/databases",
                """
                {"name": "shop", "fields": [{"name": "tier", "type": "text"}, {"name": "n", "type": "number"}, {"name": "b", "type": "boolean"},
                 {"name": "d", "type": "date"}, {"name": "t", "type": "dateTime"}, {"name": "l", "type": "list"}]}
                """
            );
            await MadeAsync(
                admin,
                All,
                $$"""{"title": "Open", "database": "shop", "definition": {{ScenarioOfTenant.Definition}}, "settings": {"reentryMode": "parallel"} }"""
            );
            await MadeAsync(
                admin,
                All,
                """
                {"title": "Incomplete", "database": "shop", "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "w", "type": "wait"}], "links": [{"from": "start", "output": "next", "to": "w"}]}}
                """
            );
            await MadeAsync(admin, All, """{"title": "Trashed", "database": "shop"}""");
            await MadeAsync(
                admin,
                All,
                $$"""{"title": "Idle", "database": "shop", "definition": {{ScenarioOfTenant.Definition}}}"""
            );
            Assert.Equal(200, (await admin.PostAsync(Open + ":activate", "{}")).Status);
            Assert.Equal(204, (await admin.DeleteAsync(Trashed)).Status);
        }
        await MadeAsync(
            scene.Neighbour,
            All,
            $$"""{"title": "Theirs", "database": "shop", "definition": {{ScenarioOfTenant.Definition}}}"""
        );
        Assert.Equal(200, (await scene.Neighbour.PostAsync(Foreign + ":activate", "{}")).Status);

        await scene.Admin.PutAsync(Shop + "/profiles/p", """{"email": "a@example.com", "fields": {"tier": "gold"}}""");
        foreach (var twin in new[] { "twin1", "twin2" })
            await scene.Admin.PutAsync($"{Shop}/profiles/{twin}", """{"email": "twin@example.com"}""");
        scene.Run = (
            await MadeAsync(
                scene.Admin,
                Open + "/captures",
                """{"profileId": "waits", "profile": {"fields": {"tier": "gold"}}}"""
            )
        )
            .Json.GetProperty("runId")
            .GetGuid();
        scene.Ended = (await MadeAsync(scene.Admin, Open + "/captures", """{"profileId": "ended", "profile": {}}"""))
            .Json.GetProperty("runId")
            .GetGuid();
        return scene;
    }

    public async Task<int> TenantOfAsync(ApiCaller admin)
    {
        await using var find = api.Database.Reads.CreateCommand("select tenant_id from token where id = $1");
        find.Parameters.Add(new NpgsqlParameter { Value = admin.Token![3..19] });
        return (int)(await find.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    internal async Task<ApiAnswer> SendAsync(BadRequest request)
    {
        var path = request
            .Path.Replace("{run}", Run.ToString(), StringComparison.Ordinal)
            .Replace("{ended}", Ended.ToString(), StringComparison.Ordinal);
        var caller = request.Role is { } role ? await ColleagueAsync(role) : Admin;
        return await caller.SendAsync(request.Method, path, request.Body, request.Type, request.Headers);
    }

    public async Task<ApiCaller> ColleagueAsync(string role)
    {
        if (!_colleagues.TryGetValue(role, out var caller))
        {
            var made = await MadeAsync(Admin, "/api/v1/tokens", $$"""{"name": "{{role}}", "role": "{{role}}"}""");
            _colleagues.Add(role, caller = api.Caller(made.Json.GetProperty("token").GetString()));
        }
        return caller;
    }

    /// <summary>
    /// Every row of both tenants as a digest by table. Only what the silos note for themselves is left out: who owns a slice,
    /// whether a generation is buried.
    /// </summary>
    public async Task<SortedDictionary<string, string>> StateAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var tables = new List<string>();
        await using (
            var list = api.Database.Reads.CreateCommand(
                """
                select format('select %L, count(*), md5(coalesce(string_agg(md5(t::text), '''' order by md5(t::text)), '''')) from %s t where %I = any($1)',
                    relname,
                    case relname
                        when 'scenario_generation' then '(select tenant_id, scenario, generation, reason from scenario_generation)'
                        -- When a token was last used is written once a minute, whatever the request under test does.
                        when 'token' then '(select k.tenant_id, to_jsonb(k) - ''last_used_at'' from token k)'
                        else quote_ident(relname)
                    end,
                    attname)
                from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = case relname when 'tenant' then 'id' else 'tenant_id' end
                where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'partition'
                """
            )
        )
        await using (var reader = await list.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                tables.Add(reader.GetString(0));
        var state = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await using var digest = api.Database.Reads.CreateCommand(string.Join(" union all ", tables));
        digest.Parameters.Add(
            new NpgsqlParameter { Value = new[] { await TenantOfAsync(Admin), await TenantOfAsync(Neighbour) } }
        );
        await using var rows = await digest.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            state.Add(rows.GetString(0), $"{rows.GetInt64(1)} {rows.GetString(2)}");
        return state;
    }

    /// <summary>A capture that nothing is wrong with.</summary>
    public async Task WorksAsync() =>
        await MadeAsync(
            Admin,
            Open + "/captures",
            $$$"""{"profileId": "good {{{Interlocked.Increment(ref _good).ToString(CultureInfo.InvariantCulture)}}}", "profile": {"fields": {"tier": "gold"} } }"""
        );

    private static async Task<ApiAnswer> MadeAsync(ApiCaller admin, string path, string json)
    {
        var answer = await admin.PostAsync(path, json);
        Assert.True(answer.Status == 201, $"{path} answers {answer.Status}: {answer.Text}");
        return answer;
    }
}
