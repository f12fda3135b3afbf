using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Accounts;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>When a token was used last, and what is kept of it.</summary>
public sealed class TokenTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_a_token_was_used_last_is_told_and_nothing_is_told_of_one_that_never_was()
    {
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        var admin = new ApiCaller(node.Address, TestNode.Token);
        var made = (await admin.PostAsync("/api/v1/tokens", """{"name": "seen", "role": "viewer"}""")).Json;
        await admin.PostAsync("/api/v1/tokens", """{"name": "unseen", "role": "viewer"}""");
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        Assert.Equal(200, (await new ApiCaller(node.Address, made.GetProperty("token").GetString()).GetAsync("/api/v1/scenarios")).Status);
        await node.Services.GetRequiredService<TokenUses>().WriteAsync(Cancel);

        var told = (await admin.GetAsync("/api/v1/tokens")).Json.GetProperty("items").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("lastUsedAt").GetString());
        Assert.InRange(DateTimeOffset.Parse(told["seen"]!, CultureInfo.InvariantCulture), before, DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.NotNull(told["first"]);
        Assert.Null(told["unseen"]);
    }

    /// <summary>By the clock of the database: the node's own is years behind.</summary>
    [Fact]
    public async Task Uses_are_kept_in_memory_and_written_each_minute_by_one_statement()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var clock = new FakeTimeProvider();
        var callers = await AddAsync(database, 100);
        using var uses = new TokenUses(new TokenStore(database.Ledger), clock, NullLogger<TokenUses>.Instance);
        await uses.StartAsync(Cancel);

        foreach (var caller in callers.Skip(1)) uses.Note(caller);

        Assert.Equal(0, await UsedAsync(database));
        await Support.Api.UntilAsync(
            () =>
            {
                clock.Advance(TokenUses.WriteEvery);
                return UsedAsync(database);
            },
            used => used == 99);
        Assert.Equal(1, await database.CountAsync("select count(distinct xmin::text) from token where last_used_at is not null"));
        Assert.Equal(99, await database.CountAsync("select count(*) from token where last_used_at between clock_timestamp() - interval '1 hour' and clock_timestamp()"));
        await uses.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_use_that_is_written_late_takes_back_no_later_one()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var caller = (await AddAsync(database, 1))[0];
        var tokens = new TokenStore(database.Ledger);
        await tokens.NoteUsesAsync([new TokenUse(caller.Tenant, caller.TokenId, TimeSpan.FromMinutes(1))], Cancel);
        var at = (await tokens.FindAsync(caller.TokenId, Cancel))!.LastUsedAt;

        await tokens.NoteUsesAsync([new TokenUse(caller.Tenant, caller.TokenId, TimeSpan.FromMinutes(2))], Cancel);
        Assert.Equal(at, (await tokens.FindAsync(caller.TokenId, Cancel))!.LastUsedAt);

        // Nor does it touch who has the same id elsewhere.
        await tokens.NoteUsesAsync([new TokenUse(caller.Tenant + 1, caller.TokenId, TimeSpan.Zero)], Cancel);
        Assert.Equal(at, (await tokens.FindAsync(caller.TokenId, Cancel))!.LastUsedAt);

        await tokens.NoteUsesAsync([new TokenUse(caller.Tenant, caller.TokenId, TimeSpan.Zero)], Cancel);
        Assert.True((await tokens.FindAsync(caller.TokenId, Cancel))!.LastUsedAt > at);
    }

    [Fact]
    public async Task A_use_that_could_not_be_written_is_written_the_next_time()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        using var uses = new TokenUses(new TokenStore(database.Ledger), new FakeTimeProvider(), NullLogger<TokenUses>.Instance);
        uses.Note((await AddAsync(database, 1))[0]);
        await database.ExecuteAsync("alter table token rename to elsewhere");
        await Assert.ThrowsAsync<PostgresException>(() => uses.WriteAsync(Cancel));
        await database.ExecuteAsync("alter table elsewhere rename to token");

        await uses.WriteAsync(Cancel);

        Assert.Equal(1, await UsedAsync(database));
    }

    [Fact]
    public async Task A_node_that_is_told_to_stop_writes_what_it_has_noted()
    {
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        await node.Api.GetAsync("/api/v1/account");

        await node.StopAsync();

        await using var used = node.Database.Ledger.CreateCommand("select count(last_used_at) from token");
        Assert.Equal(1L, await used.ExecuteScalarAsync(Cancel));
    }

    private static Task<long> UsedAsync(TestDatabase database) => database.CountAsync("select count(last_used_at) from token");

    /// <summary>Tokens of one tenant, and who calls by them.</summary>
    private static async Task<List<Caller>> AddAsync(TestDatabase database, int count)
    {
        await database.ExecuteAsync("insert into tenant (name) values ('one') on conflict do nothing");
        var callers = new List<Caller>();
        for (var i = 0; i < count; i++)
        {
            var (id, token) = TokenSecret.New();
            var row = new TokenRow(id, 1, TokenSecret.Hash(token), $"token {i}", "viewer", [], null, IsOperator: false, default, null);
            await new TokenStore(database.Ledger).AddAsync(row, new Audit(1, "test", "create", "token"), Cancel);
            callers.Add(new Caller(1, id, row.Name, Role.Viewer, [], false, null));
        }
        return callers;
    }
}
