using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Ledger;

/// <summary>The truth behind reminders and timers: which slices have something due that has not been taken.</summary>
public sealed class OverdueSlices(NpgsqlDataSource dataSource)
{
    /// <param name="by">How long overdue: a slice in good hands is never that late.</param>
    /// <param name="living">The silos that live. What another one owned has no timer any more, so it is found before it
    /// is late:</param>
    /// <param name="ahead">when it is due within this time.</param>
    public Task<List<SliceKey>> FindAsync(
        TimeSpan by,
        string[] living,
        TimeSpan ahead,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select p.tenant_id, p.scenario, p.partition from partition p
                join scenario s on s.tenant_id = p.tenant_id and s.number = p.scenario
                where p.next_due < clock_timestamp() + $3 and (p.next_due < clock_timestamp() - $1 or p.owner <> all($2))
                  and s.status <> 'inactive' and s.deleted_at is null
                order by p.next_due limit $4
                """,
                by,
                living,
                ahead,
                limit
            )
            .ListAsync(row => new SliceKey(row.GetInt32(0), row.GetInt32(1), row.GetInt16(2)), cancellationToken);

    /// <summary>Slices that have not yet followed a recent edit: the node that was to tell them died in between.</summary>
    public Task<List<SliceKey>> UnsweptAsync(TimeSpan late, int limit, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select p.tenant_id, p.scenario, p.partition from scenario s
                join partition p on p.tenant_id = s.tenant_id and p.scenario = s.number and p.revision < s.revision
                where s.updated_at > clock_timestamp() - $1 and s.status <> 'inactive' and s.deleted_at is null
                limit $2
                """,
                late,
                limit
            )
            .ListAsync(row => new SliceKey(row.GetInt32(0), row.GetInt32(1), row.GetInt16(2)), cancellationToken);

    /// <summary>Scenarios that are finishing and have no run left inside.</summary>
    public Task<List<SliceKey>> FinishedAsync(CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select s.tenant_id, s.number, 0::smallint from scenario s
                where s.status = 'finishing' and not exists (
                    select from live_count c where c.tenant_id = s.tenant_id and c.scenario = s.number and c.generation = s.generation
                    group by c.tenant_id having sum(c.n) > 0)
                """
            )
            .ListAsync(row => new SliceKey(row.GetInt32(0), row.GetInt32(1), row.GetInt16(2)), cancellationToken);
}
