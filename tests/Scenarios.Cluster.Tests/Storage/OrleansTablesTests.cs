using Npgsql;
using NpgsqlTypes;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>The statements that Orleans' providers find in OrleansQuery, called as the providers call them.</summary>
public sealed class OrleansTablesTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_first_writes_of_a_grain_at_once_exactly_one_succeeds()
    {
        for (var grain = 0; grain < 50; grain++)
        {
            var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WriteAsync(grain, version: null)));
            Assert.Equal([1], versions.Where(version => version is not null));
        }
    }

    [Fact]
    public async Task A_write_counts_only_over_the_version_it_read()
    {
        Assert.Equal(1, await WriteAsync(grain: 1000, version: null));
        Assert.Equal(2, await WriteAsync(grain: 1000, version: 1));
        Assert.Null(await WriteAsync(grain: 1000, version: 1));
        Assert.Null(await WriteAsync(grain: 1000, version: null));
    }

    [Fact]
    public async Task Clearing_a_grain_keeps_its_version_going()
    {
        await WriteAsync(grain: 1001, version: null);
        Assert.Equal(2, await AskAsync("ClearStorageKey", GrainKey(1001), Int("GrainStateVersion", 1)));
        Assert.Equal(3, await WriteAsync(grain: 1001, version: 2));
        Assert.Null(await WriteAsync(grain: 1001, version: 1));
    }

    [Fact]
    public async Task A_member_joins_only_on_the_version_it_read_and_only_once()
    {
        Assert.True(await SaysAsync("InsertMembershipVersionKey", Text("DeploymentId", "c1")));
        Assert.False(await SaysAsync("InsertMembershipVersionKey", Text("DeploymentId", "c1")));

        Assert.True(await JoinAsync("c1", port: 1, version: 0));
        Assert.False(await JoinAsync("c1", port: 2, version: 0));
        Assert.False(await JoinAsync("c1", port: 1, version: 1));
        Assert.True(await JoinAsync("c1", port: 2, version: 1));

        Assert.Equal(
            2,
            await database.CountAsync("select version from orleansmembershipversiontable where deploymentid = 'c1'")
        );
    }

    [Theory]
    [InlineData("ReadRangeRows1Key", -10, 10, 2)] // (begin, end]: not -10, but 10
    [InlineData("ReadRangeRows2Key", 10, -10, 2)] // around the end of the ring: 20 and -10
    [InlineData("ReadRangeRows2Key", 0, 0, 4)] // one silo owns the whole ring
    public async Task A_silo_reads_the_reminders_of_its_range(string query, int begin, int end, int rows)
    {
        var service = $"{query}{begin}{end}";
        foreach (var hash in (int[])[-10, 0, 10, 20])
            await AskAsync(
                "UpsertReminderRowKey",
                Text("ServiceId", service),
                Text("GrainId", $"g/{hash}"),
                Text("ReminderName", "r"),
                At("StartTime", DateTime.UtcNow),
                Int("Period", 60_000),
                Int("GrainHash", hash)
            );

        await using var command = await CommandAsync(
            query,
            Text("ServiceId", service),
            Int("BeginHash", begin),
            Int("EndHash", end)
        );
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var found = 0;
        while (await reader.ReadAsync(Cancel))
            found++;
        Assert.Equal(rows, found);
    }

    [Fact]
    public async Task A_reminder_keeps_its_microseconds_and_is_removed_only_by_its_version()
    {
        var due = new DateTime(2026, 11, 23, 12, 0, 0, DateTimeKind.Utc).AddTicks(1230);
        NpgsqlParameter[] key = [Text("ServiceId", "s"), Text("GrainId", "g"), Text("ReminderName", "r")];
        Assert.Equal(
            0,
            await AskAsync("UpsertReminderRowKey", [.. key, At("StartTime", due), Int("Period", 60_000), Int("GrainHash", 1)])
        );
        Assert.Equal(
            1,
            await AskAsync(
                "UpsertReminderRowKey",
                [.. Copies(key), At("StartTime", due), Int("Period", 60_000), Int("GrainHash", 1)]
            )
        );

        await using (var command = await CommandAsync("ReadReminderRowKey", Copies(key)))
        await using (var reader = await command.ExecuteReaderAsync(Cancel))
        {
            await reader.ReadAsync(Cancel);
            Assert.Equal(due, reader.GetDateTime(reader.GetOrdinal("StartTime")));
        }
        Assert.False(await SaysAsync("DeleteReminderRowKey", [.. Copies(key), Int("Version", 0)]));
        Assert.True(await SaysAsync("DeleteReminderRowKey", [.. Copies(key), Int("Version", 1)]));
    }

    private async Task<int?> WriteAsync(int grain, int? version) =>
        (int?)
            await AskAsync(
                "WriteToStorageKey",
                [.. GrainKey(grain), Int("GrainStateVersion", version), new NpgsqlParameter("PayloadBinary", new byte[] { 1 })]
            );

    private async Task<bool> JoinAsync(string cluster, int port, int version) =>
        await SaysAsync(
            "InsertMembershipKey",
            Text("DeploymentId", cluster),
            Text("Address", "127.0.0.1"),
            Int("Port", port),
            Int("Generation", 1),
            Text("SiloName", "s"),
            Text("HostName", "h"),
            Int("Status", 3),
            Int("ProxyPort", 1),
            At("StartTime", DateTime.UtcNow),
            At("IAmAliveTime", DateTime.UtcNow),
            Int("Version", version)
        );

    private static NpgsqlParameter[] GrainKey(int grain) =>
        [
            Int("GrainIdHash", grain),
            new("GrainIdN0", NpgsqlDbType.Bigint) { Value = 0L },
            new("GrainIdN1", NpgsqlDbType.Bigint) { Value = (long)grain },
            Int("GrainTypeHash", 7),
            Text("GrainTypeString", "T"),
            Text("GrainIdExtensionString", null),
            Text("ServiceId", "s"),
        ];

    private Task<object?> AskAsync(string query, NpgsqlParameter[] first, params NpgsqlParameter[] more) =>
        AskAsync(query, [.. first, .. more]);

    private async Task<bool> SaysAsync(string query, params NpgsqlParameter[] parameters) =>
        (bool)(await AskAsync(query, parameters))!;

    private async Task<object?> AskAsync(string query, params NpgsqlParameter[] parameters)
    {
        await using var command = await CommandAsync(query, parameters);
        return await command.ExecuteScalarAsync(Cancel);
    }

    private async Task<NpgsqlCommand> CommandAsync(string query, params NpgsqlParameter[] parameters)
    {
        await using var text = database.Ledger.CreateCommand("select querytext from orleansquery where querykey = $1");
        text.Parameters.Add(new NpgsqlParameter { Value = query });
        var command = database.Ledger.CreateCommand((string)(await text.ExecuteScalarAsync(Cancel))!);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter[] Copies(NpgsqlParameter[] parameters) =>
        [.. parameters.Select(parameter => parameter.Clone())];

    private static NpgsqlParameter Int(string name, int? value) =>
        new(name, NpgsqlDbType.Integer) { Value = (object?)value ?? DBNull.Value };

    private static NpgsqlParameter Text(string name, string? value) =>
        new(name, NpgsqlDbType.Text) { Value = (object?)value ?? DBNull.Value };

    private static NpgsqlParameter At(string name, DateTime value) => new(name, NpgsqlDbType.TimestampTz) { Value = value };
}
