using System.Globalization;
using Npgsql;

namespace Scenarios.Cluster.Tests.Support;

/// <summary>
/// What tests do to rows behind the product's back, and what they look up there that no answer tells. The names of tables and
/// columns stand here alone, except in tests whose subject they are (Storage, StrangeRowsTests, TokenTests, SecretsTests).
/// </summary>
internal static class Rows
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Slices

    /// <summary>
    /// As if another owner had taken the scenario's slices: who thinks that they are his can commit nothing any more.
    /// </summary>
    public static async Task TakeSlicesAwayAsync(this NpgsqlDataSource dataSource, int scenario) =>
        Assert.NotEqual(
            0,
            await dataSource.ExecuteAsync("update partition set epoch = epoch + 1 where scenario = $1", scenario)
        );

    /// <summary>Slices that wait for nothing.</summary>
    public static Task<long> IdleSlicesAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync("select count(*) from partition where scenario = $1 and next_due is null", scenario);

    /// <summary>Slices that will look again, but not within half a minute.</summary>
    public static Task<long> PatientSlicesAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync(
            """
            select count(*) from partition where scenario = $1 and next_due > clock_timestamp() + interval '30 seconds'
            """,
            scenario
        );

    // Effects

    public static Task<long> EffectsAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync("select count(*) from effect where scenario = $1", scenario);

    /// <summary>Effects between two attempts.</summary>
    public static Task<long> PausingEffectsAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync("select count(*) from effect where scenario = $1 and due < 'infinity'", scenario);

    /// <summary>As if an owner had begun the next attempt of each.</summary>
    public static Task BeginEffectsAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.ExecuteAsync("update effect set due = 'infinity' where scenario = $1", scenario);

    public static async Task<string> EffectRequestAsync(this NpgsqlDataSource dataSource, int scenario) =>
        (await dataSource.ScalarAsync<string>("select request from effect where scenario = $1", scenario))!;

    // Scenarios

    public static async Task<string> DefinitionAsync(this NpgsqlDataSource dataSource, int scenario) =>
        (await dataSource.ScalarAsync<string>("select definition::text from scenario where number = $1", scenario))!;

    /// <summary>What no save of this version would have let pass.</summary>
    public static Task WriteDefinitionAsync(this NpgsqlDataSource dataSource, int scenario, string definition) =>
        dataSource.ExecuteAsync(
            "update scenario set definition = $2::jsonb, gate = gate + 1 where number = $1",
            scenario,
            definition
        );

    public static Task RenumberScenarioAsync(this NpgsqlDataSource dataSource, string title, int number) =>
        dataSource.ExecuteAsync("update scenario set number = $2 where title = $1", title, number);

    // Runs

    public static Task<long> RunsAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync("select count(*) from run where scenario = $1", scenario);

    /// <summary>What runs and their counts take on the disk.</summary>
    public static Task<long> BytesOfRunsAsync(this NpgsqlDataSource dataSource) =>
        dataSource.CountAsync("select pg_total_relation_size('run') + pg_total_relation_size('live_count')");

    /// <summary>What autovacuum would do at some time.</summary>
    public static async Task VacuumRunsAsync(this NpgsqlDataSource dataSource)
    {
        foreach (var table in (string[])["run", "live_count"])
            await dataSource.ExecuteAsync($"vacuum {table}");
    }

    public static Task<long> CountsOfEndedGenerationsAsync(this NpgsqlDataSource dataSource, int scenario) =>
        dataSource.CountAsync(
            """
            select count(*) from live_count l join scenario s on s.tenant_id = l.tenant_id and s.number = l.scenario
            where l.scenario = $1 and l.generation < s.generation
            """,
            scenario
        );

    // Receipts and tokens

    public static Task ExpireTokenAsync(this NpgsqlDataSource dataSource, string id) =>
        dataSource.ExecuteAsync("update token set expires_at = clock_timestamp() where id = $1", id);

    /// <summary>As if the request with this key had been so long ago.</summary>
    public static Task AgeReceiptAsync(this NpgsqlDataSource dataSource, string key, TimeSpan by) =>
        dataSource.ExecuteAsync("update receipt set at = at - $2 where key = $1", key, by);

    /// <summary>As if who answered the request with this key had died before.</summary>
    public static Task ForgetAnswerAsync(this NpgsqlDataSource dataSource, string key) =>
        dataSource.ExecuteAsync("update receipt set status = null, answer = null where key = $1", key);

    // The server

    /// <summary>How many statements wait for a lock.</summary>
    public static Task<long> LockWaitersAsync(this NpgsqlDataSource dataSource) =>
        dataSource.CountAsync(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        );

    // Any statement

    public static async Task<int> ExecuteAsync(this NpgsqlDataSource dataSource, string sql, params object[] values)
    {
        await using var command = CommandOf(dataSource, sql, values);
        return await command.ExecuteNonQueryAsync(Cancel);
    }

    public static async Task<long> CountAsync(this NpgsqlDataSource dataSource, string sql, params object[] values) =>
        Convert.ToInt64(await dataSource.ScalarAsync<object>(sql, values), CultureInfo.InvariantCulture);

    public static async Task<T?> ScalarAsync<T>(this NpgsqlDataSource dataSource, string sql, params object[] values)
    {
        await using var command = CommandOf(dataSource, sql, values);
        return (T?)await command.ExecuteScalarAsync(Cancel);
    }

    private static NpgsqlCommand CommandOf(NpgsqlDataSource dataSource, string sql, object[] values)
    {
        var command = dataSource.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
