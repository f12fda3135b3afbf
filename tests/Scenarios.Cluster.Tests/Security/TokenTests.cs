using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Scenarios.Api.Http;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>When a token was used last, and what is kept of it.</summary>
public sealed class TokenTests(TestPostgres postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_use_of_a_token_is_shown_and_none_for_an_unused_one()
    {
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        var admin = new ApiCaller(node.Address, TestNode.Token);
        var made = (await admin.PostAsync("/api/v1/tokens", """{"name": "seen", "role": "viewer"}""")).Json;
        await admin.PostAsync("/api/v1/tokens", """{"name": "unseen", "role": "viewer"}""");
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        Assert.Equal(
            200,
            (await new ApiCaller(node.Address, made.GetProperty("token").GetString()).GetAsync("/api/v1/scenarios")).Status
        );
        await node.Services.GetRequiredService<TokenUses>().WriteAsync(Cancel);

        var told = (await admin.GetAsync("/api/v1/tokens"))
            .Json.GetProperty("items")
            .EnumerateArray()
            .ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("lastUsedAt").GetString());
        Assert.InRange(
            DateTimeOffset.Parse(told["seen"]!, CultureInfo.InvariantCulture),
            before,
            DateTimeOffset.UtcNow.AddSeconds(1)
        );
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
        using var uses = new TokenUses(
            new TokenStore(database.Ledger),
            new TokenHashes(database.Ledger, clock, SecretBox.None),
            clock,
            NullLogger<TokenUses>.Instance
        );
        await uses.StartAsync(Cancel);

        foreach (var caller in callers.Skip(1))
            uses.Note(caller);

        Assert.Equal(0, await UsedAsync(database));
        await Support.Api.UntilAsync(
            () =>
            {
                clock.Advance(TokenUses.WriteEvery);
                return UsedAsync(database);
            },
            used => used == 99
        );
        Assert.Equal(
            1,
            await database.CountAsync("select count(distinct xmin::text) from token where last_used_at is not null")
        );
        Assert.Equal(
            99,
            await database.CountAsync(
                """select count(*) from token where last_used_at between clock_timestamp() - interval '1 hour' and clock_timestamp()"""
            )
        );
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
        using var uses = new TokenUses(
            new TokenStore(database.Ledger),
            new TokenHashes(database.Ledger, TimeProvider.System, SecretBox.None),
            new FakeTimeProvider(),
            NullLogger<TokenUses>.Instance
        );
        uses.Note((await AddAsync(database, 1))[0]);
        await database.ExecuteAsync("alter table token rename to elsewhere");
        await Assert.ThrowsAsync<PostgresException>(() => uses.WriteAsync(Cancel));
        await database.ExecuteAsync("alter table elsewhere rename to token");

        await uses.WriteAsync(Cancel);

        Assert.Equal(1, await UsedAsync(database));
    }

    [Fact]
    public async Task A_stopping_node_writes_what_it_has_noted()
    {
        await using var node = new TestNode(postgres);
        await node.InitializeAsync();
        await node.Api.GetAsync("/api/v1/account");

        await node.StopAsync();

        await using var used = node.Database.Ledger.CreateCommand("select count(last_used_at) from token");
        Assert.Equal(1L, await used.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task After_a_day_a_copy_of_the_table_has_no_usable_hash_and_the_token_still_works()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var token = await AddOneAsync(database);
        var (clock, box) = (new FakeTimeProvider(), NewBox());
        var hashes = new TokenHashes(database.Ledger, clock, box);
        var day = TokenHashes.PlainFor + TimeSpan.FromHours(1);
        Assert.Contains(Convert.ToHexStringLower(TokenSecret.Hash(token)), await RowsAsync(database));

        // The other nodes may lack the key yet.
        Assert.Equal(0, await hashes.KeyPlainAsync(day, Cancel));
        clock.Advance(TokenHashes.KeysKnown);
        Assert.Equal(1, await hashes.KeyPlainAsync(day, Cancel));
        Assert.Equal(0, await hashes.KeyPlainAsync(day, Cancel));

        var rows = await RowsAsync(database);
        Assert.DoesNotContain(Convert.ToHexStringLower(TokenSecret.Hash(token)), rows);
        Assert.DoesNotContain(token, rows);
        Assert.NotNull(await CacheOf(database, hashes).FindAsync(token));
        var row = (await new TokenStore(database.Ledger).FindAsync(TokenSecret.IdOf(token)!, Cancel))!;
        Assert.False(hashes.Verifies(TokenSecret.Hash(token + "x"), row.Hash, row.HashKey));
        Assert.False(hashes.Verifies(row.Hash, row.Hash, row.HashKey));
    }

    /// <summary>Nodes of the version before know nothing of keys, and would refuse everybody whose row is keyed.</summary>
    [Fact]
    public async Task The_previous_version_starts_only_while_no_token_hash_is_keyed()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        await AddOneAsync(database);
        var clock = new FakeTimeProvider();
        var hashes = new TokenHashes(database.Ledger, clock, NewBox());
        clock.Advance(TokenHashes.KeysKnown);
        IReadOnlyList<Migration> before = [.. Migration.All.Take(10)];
        Task<int> StartBeforeAsync() =>
            Migrator.MigrateAsync(database.ConnectionString, before, NullLogger.Instance, TimeProvider.System, Cancel);

        await database.ExecuteAsync("update token set created_at = created_at - interval '2 days'");
        Assert.Equal(0, await hashes.KeyPlainAsync(TimeSpan.Zero, Cancel));
        await database.ExecuteAsync("update token set created_at = clock_timestamp()");
        await database.ExecuteAsync("update schema_migration set applied_at = applied_at - interval '2 days'");
        Assert.Equal(0, await hashes.KeyPlainAsync(TimeSpan.Zero, Cancel));
        Assert.Equal(0, await StartBeforeAsync());

        await database.ExecuteAsync("update token set created_at = created_at - interval '2 days'");
        Assert.Equal(1, await hashes.KeyPlainAsync(TimeSpan.Zero, Cancel));
        Assert.Contains("0011_tokens", (await Assert.ThrowsAsync<MigrationException>(StartBeforeAsync)).Message);
    }

    [Fact]
    public async Task A_token_under_a_former_key_is_good_and_lies_under_the_newer_one_after_its_next_use()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var token = await AddOneAsync(database);
        var clock = new FakeTimeProvider();
        var (former, newer) = (
            RandomNumberGenerator.GetBytes(SecretBox.KeyBytes),
            RandomNumberGenerator.GetBytes(SecretBox.KeyBytes)
        );
        TokenHashes By(params byte[][] keys) => new(database.Ledger, clock, new SecretBox(keys));
        var (formerly, changing, afterwards) = (By(former), By(newer, former), By(newer));
        clock.Advance(TokenHashes.KeysKnown);
        await formerly.KeyPlainAsync(2 * TokenHashes.PlainFor, Cancel);
        Assert.Equal(
            (true, true, false),
            (await formerly.HasAllAsync(Cancel), await changing.HasAllAsync(Cancel), await afterwards.HasAllAsync(Cancel))
        );

        using var uses = new TokenUses(new TokenStore(database.Ledger), changing, clock, NullLogger<TokenUses>.Instance);
        Assert.NotNull(await CacheOf(database, changing, uses).FindAsync(token));
        await uses.WriteAsync(Cancel);

        Assert.Equal(
            (false, true, true),
            (await formerly.HasAllAsync(Cancel), await changing.HasAllAsync(Cancel), await afterwards.HasAllAsync(Cancel))
        );
        Assert.NotNull(await CacheOf(database, afterwards).FindAsync(token));
    }

    /// <summary>Its holder would throw away what a 401 answers.</summary>
    [Fact]
    public async Task A_node_that_lacks_the_key_of_a_token_does_not_start_and_one_that_runs_answers_503()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var clock = new FakeTimeProvider();
        var hashes = new TokenHashes(database.Ledger, clock, NewBox());
        clock.Advance(TokenHashes.KeysKnown);
        await using var node = new TestNode(() => Task.FromResult(database.ConnectionString), new TestClock());
        await node.InitializeAsync();
        var token = (
            await new ApiCaller(node.Address, TestNode.Token).PostAsync(
                "/api/v1/tokens",
                """{"name": "keyed", "role": "viewer"}"""
            )
        )
            .Json.GetProperty("token")
            .GetString()!;

        Assert.Equal(2, await hashes.KeyPlainAsync(2 * TokenHashes.PlainFor, Cancel));

        var answer = await new ApiCaller(node.Address, token).GetAsync("/api/v1/scenarios");
        Assert.Equal((503, "unavailable", "3"), (answer.Status, answer.Code, answer.Header("Retry-After")));
        await using var opened = await Database.OpenAsync(
            new DatabaseOptions { ConnectionString = database.ConnectionString },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            Cancel
        );
        var lacking = new ServerOptions
        {
            ConnectionString = "Host=x",
            SecretKeys = Convert.ToBase64String(new byte[SecretBox.KeyBytes]),
        };
        Assert.Contains(
            "SCENARIOS_SECRET_KEYS",
            (await Assert.ThrowsAsync<UsageException>(() => SecretKeys.EstablishAsync(lacking, opened, Cancel))).Message
        );
        // Those who may not call any more need no key.
        await database.ExecuteAsync("update token set revoked_at = clock_timestamp()");
        await SecretKeys.EstablishAsync(lacking, opened, Cancel);
    }

    private static SecretBox NewBox() => new([RandomNumberGenerator.GetBytes(SecretBox.KeyBytes)]);

    /// <summary>A node that has looked up nothing yet.</summary>
    private static TokenCache CacheOf(TestDatabase database, TokenHashes hashes, TokenUses? uses = null) =>
        new(
            new TokenStore(database.Ledger),
            hashes,
            uses ?? new TokenUses(new TokenStore(database.Ledger), hashes, TimeProvider.System, NullLogger<TokenUses>.Instance),
            TimeProvider.System,
            NullLogger<TokenCache>.Instance
        );

    /// <summary>As a dump of it has them.</summary>
    private static async Task<string> RowsAsync(TestDatabase database)
    {
        await using var rows = database.Ledger.CreateCommand("select string_agg(t::text, E'\n') from token t");
        return (string)(await rows.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task<string> AddOneAsync(TestDatabase database)
    {
        await database.ExecuteAsync("insert into tenant (name) values ('one')");
        var (id, token) = TokenSecret.New();
        await new TokenStore(database.Ledger).AddAsync(
            new TokenRow(id, 1, TokenSecret.Hash(token), "one", "viewer", [], null, IsOperator: false, default, null),
            new Audit(1, "test", "create", "token"),
            Cancel
        );
        return token;
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
            var row = new TokenRow(
                id,
                1,
                TokenSecret.Hash(token),
                $"token {i}",
                "viewer",
                [],
                null,
                IsOperator: false,
                default,
                null
            );
            await new TokenStore(database.Ledger).AddAsync(row, new Audit(1, "test", "create", "token"), Cancel);
            callers.Add(new Caller(1, id, row.Name, Role.Viewer, [], false, null));
        }
        return callers;
    }
}
