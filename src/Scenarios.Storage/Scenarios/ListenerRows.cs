using Npgsql;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Scenarios;

/// <summary>
/// What each scenario listens to (<see cref="Listening"/>), as rows that a profile change finds by an index. They are
/// written with the definition, under its gate. <c>scenario.listens_revision</c> is the revision that they belong to.
/// When a node of an earlier version saved the scenario, or the rows are not written yet, it differs from the
/// scenario's revision, and the scenario counts as listening to everything until the keeper has written them.
/// </summary>
public sealed class ListenerRows(NpgsqlDataSource dataSource)
{
    private const int ScenariosAtOnce = 100;

    /// <summary>
    /// In the transaction that saves the definition. A definition that this version cannot read leaves the rows of an
    /// older revision.
    /// </summary>
    internal static async Task WriteAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        string definition,
        string keptTimes,
        CancellationToken cancellationToken
    )
    {
        if (StoredDefinition.Read(definition) is not { } read)
            return;
        var listeners = KeptTimes.Of(read, keptTimes).Listens.Listeners;
        await using var batch = new NpgsqlBatch(connection);
        Add("delete from listener where tenant_id = $1 and scenario = $2");
        if (listeners.Count > 0)
            Add(
                "insert into listener (tenant_id, scenario, kind, name) select $1, $2, * from unnest($3::text[], $4::text[])",
                listeners.Select(l => Name<ListenerKind>.Of(l.Kind)).ToArray(),
                listeners.Select(l => l.Name).ToArray()
            );
        Add("update scenario set listens_revision = revision where tenant_id = $1 and number = $2");
        await batch.ExecuteNonQueryAsync(cancellationToken);

        void Add(string sql, params object[] further)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in (object[])[tenant, number, .. further])
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Writes the rows of scenarios whose last save did not write them.</summary>
    /// <returns>The number of scenarios.</returns>
    public async Task<int> FillAsync(CancellationToken cancellationToken)
    {
        var behind = await dataSource
            .Command(
                """select tenant_id, number from scenario where listens_revision is distinct from revision order by tenant_id, number limit $1""",
                ScenariosAtOnce
            )
            .ListAsync(row => (Tenant: row.GetInt32(0), Number: row.GetInt32(1)), cancellationToken);
        foreach (var (tenant, number) in behind)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ScenarioGate.LockAsync(connection, tenant, number, cancellationToken);
            var saved = await connection
                .Command(
                    "select definition::text, kept_times::text from scenario where tenant_id = $1 and number = $2",
                    tenant,
                    number
                )
                .FirstAsync(row => Tuple.Create(row.GetString(0), row.GetString(1)), cancellationToken);
            if (saved is not null)
                await WriteAsync(connection, tenant, number, saved.Item1, saved.Item2, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return behind.Count;
    }
}
