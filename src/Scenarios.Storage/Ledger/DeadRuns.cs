using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Ledger;

/// <summary>
/// Runs of an ended generation are dead from the moment at which the gate moved, counts included. Their rows go to the
/// history here, in bounded chunks, by whichever silo comes first: nothing else touches them any more.
/// </summary>
public sealed class DeadRuns(NpgsqlDataSource dataSource)
{
    /// <summary>Buries at most one chunk of one generation.</summary>
    /// <returns>How many runs; 0 when nothing is left to do.</returns>
    public async Task<int> RunOnceAsync(int chunk, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.Command(
            """
            with ended as (
                select * from scenario_generation where not cleaned order by tenant_id, scenario, generation limit 1 for update skip locked),
            dead as (
                delete from run using (
                    select r.tenant_id, r.scenario, r.id, e.ended_at, e.reason from ended e
                    join run r on r.tenant_id = e.tenant_id and r.scenario = e.scenario and r.generation = e.generation
                    limit $1) as d
                where run.tenant_id = d.tenant_id and run.scenario = d.scenario and run.id = d.id
                returning run.*, d.ended_at, d.reason),
            undone as (
                delete from effect using dead where effect.tenant_id = dead.tenant_id and effect.scenario = dead.scenario and effect.run_id = dead.id),
            buried as (
                insert into run_history (tenant_id, scenario, id, partition, generation, profile_id, state, reason, element, step, entered_at, ended_at, has_content)
                select tenant_id, scenario, id, partition, generation, profile_id, 'left', reason, element, step + 1, entered_at, ended_at, has_content from dead),
            trails as (
                insert into run_trail (tenant_id, scenario, run_id, first_step, steps)
                select tenant_id, scenario, id, step + 1, json_build_array(json_build_object(
                    'step', step + 1, 'element', element, 'at', to_char(arrived_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'leftAt', to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'output', null,
                    'end', json_build_object('state', 'left', 'reason', reason)))::text
                from dead),
            finished as (
                update scenario_generation g set cleaned = true from ended e
                where g.tenant_id = e.tenant_id and g.scenario = e.scenario and g.generation = e.generation and (select count(*) from dead) < $1)
            select (select count(*)::int from dead), (select count(*)::int from ended)
            """,
            chunk
        );
        int buried,
            generations;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (buried, generations) = (reader.GetInt32(0), reader.GetInt32(1));
        }
        await transaction.CommitAsync(cancellationToken);
        return Math.Max(buried, generations);
    }
}
