using Npgsql;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Scenarios;

/// <summary>Deleted scenarios, which can be restored for <see cref="ScenarioReads.TrashKept"/>.</summary>
public sealed class Trash(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// False when there is no such scenario in the trash. The restored scenario is inactive and empty, as it was when
    /// deleted.
    /// </summary>
    public async Task<bool> RestoreAsync(int tenant, int number, string actor, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        // Like everything that a commit depends on, this moves the gate: exclusively, and after the commits in flight.
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand("select pg_advisory_xact_lock($1, $2)")
            {
                Parameters =
                {
                    new() { Value = tenant },
                    new() { Value = number },
                },
            }
        );
        var restore = new NpgsqlBatchCommand(
            """
            with restored as (
                update scenario set deleted_at = null, gate = gate + 1, updated_at = clock_timestamp()
                where tenant_id = $1 and number = $2 and deleted_at > clock_timestamp() - $3
                returning tenant_id, number, revision
            )
            insert into audit (tenant_id, id, at, actor, action, subject, detail)
            select tenant_id, $4, clock_timestamp(), $5, 'restore', 'scenario/' || number, jsonb_build_object('from', revision) from restored
            """
        )
        {
            Parameters =
            {
                new() { Value = tenant },
                new() { Value = number },
                new() { Value = ScenarioReads.TrashKept },
                new() { Value = Audit.NextId() },
                new() { Value = actor },
            },
        };
        batch.BatchCommands.Add(restore);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return restore.RecordsAffected == 1;
    }
}
