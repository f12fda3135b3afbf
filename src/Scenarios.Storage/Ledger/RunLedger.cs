using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger.Tables;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Ledger;

// Why this file is the way it is.
//
// Everything that happens to runs becomes durable here and only here: one transaction for the batches of all the
// slices that waited for a lane. It goes out in one write (Npgsql sends a batch as one implicit transaction, committed at
// its end), so no round trip lies between BEGIN and COMMIT and a silo that stops in between holds no one up.
//
//   1. Shared advisory locks of the scenarios touched, in key order. Moving a gate takes the lock exclusively, so a
//      move waits for the commits under way and for no others. (FOR SHARE on the gate row starved the mover for seconds.)
//   2. The fence: each scenario's gate still has the number that the decisions were made under, each partition still has the
//      epoch and sequence number of who commits. A statement of its own, because under READ COMMITTED a statement sees
//      what was committed before it began: lock and read in one statement once saw "active" after a deactivation.
//   3. The rows, as arrays. The fence updates the partition's row, so a takeover (which updates it too) waits for the
//      commit under way, and a stale owner's commit fails whole.
//
// The sequence number settles a commit whose answer was lost: if it is ours plus one under our epoch, it happened;
// if not, Settle raises it, and it never will.
// Only profiles and receipts can be touched by other slices, so only these need their rows in key order.

/// <summary>The reads and the one write of the partitions. Safe for use by several lanes.</summary>
public sealed class RunLedger(NpgsqlDataSource dataSource)
{
    /// <summary>SQLSTATEs of the fence.</summary>
    public const string GateMoved = "SC001",
        OwnerLost = "SC002";

    /// <summary>Raises the epoch, which waits for a commit of the former owner that is under way.</summary>
    public async Task<Takeover?> TakeOverAsync(SliceKey key, string owner, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            """
            update partition p set epoch = epoch + 1, owner = $4 where tenant_id = $1 and scenario = $2 and partition = $3
            returning epoch, seq, next_due, overdue, resumed, revision, (select gate from scenario s where s.tenant_id = p.tenant_id and s.number = p.scenario)
            """,
            key.Tenant,
            key.Scenario,
            key.Partition,
            owner
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        return new Takeover(
            new Ownership(reader.GetInt64(0), reader.GetInt64(1)),
            reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
            reader.GetInt64(3),
            reader.GetInt64(4),
            reader.GetInt32(5),
            reader.GetInt64(6)
        );
    }

    /// <summary>A page of the slice's runs at an element, by id.</summary>
    public Task<List<Guid>> StandingAsync(
        SliceKey key,
        string element,
        Guid after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                """
                select id from run where tenant_id = $1 and scenario = $2 and partition = $3 and element = $4 and element <> '' and id > $5 order by id limit $6
                """,
                key.Tenant,
                key.Scenario,
                key.Partition,
                element,
                after,
                limit
            )
            .ListAsync(row => row.GetGuid(0), cancellationToken);

    /// <summary>The owner notes that an edit has reached all of its waiting runs.</summary>
    public async Task SweptAsync(SliceKey key, long epoch, int revision, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            "update partition set revision = $5 where tenant_id = $1 and scenario = $2 and partition = $3 and epoch = $4",
            key.Tenant,
            key.Scenario,
            key.Partition,
            epoch,
            revision
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// One round trip (two where conditions ask for other scenarios). Fills the slices, answers the batch's instant.
    /// </summary>
    public async Task<DateTimeOffset> ReadAsync(
        IReadOnlyList<SliceRead> slices,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var now = await LedgerReader.ReadAsync(connection, slices, shift, cancellationToken);
        if (slices.Any(s => s.ScenariosAsked.Count > 0))
            await LedgerReader.ReadHistoriesAsync(connection, slices, cancellationToken);
        return now;
    }

    /// <summary>How many runs of the slice were overdue at the last activation, and how many of them have left.</summary>
    public async Task<(long Overdue, long Resumed)> ResumingAsync(SliceKey key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            "select overdue, resumed from partition where tenant_id = $1 and scenario = $2 and partition = $3",
            key.Tenant,
            key.Scenario,
            key.Partition
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetInt64(0), reader.GetInt64(1)) : default;
    }

    /// <summary>
    /// After a commit whose answer was lost: the present state. Our sequence number plus one tells that it happened. Otherwise it
    /// never will: the number is raised by two, so that the commit, should the server still work on it, fails its fence.
    /// </summary>
    public async Task<Ownership> SettleAsync(SliceKey key, Ownership mine, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            """update partition set seq = seq + 2 where tenant_id = $1 and scenario = $2 and partition = $3 and epoch = $4 and seq = $5""",
            key.Tenant,
            key.Scenario,
            key.Partition,
            mine.Epoch,
            mine.Seq
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
        // A statement of its own: the update may have waited for that very commit, and a statement sees what was
        // committed before it began.
        return await OwnershipAsync(key, cancellationToken);
    }

    /// <summary>The slice's present owner, and how far it has come.</summary>
    public async Task<Ownership> OwnershipAsync(SliceKey key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            "select epoch, seq from partition where tenant_id = $1 and scenario = $2 and partition = $3",
            key.Tenant,
            key.Scenario,
            key.Partition
        );
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Ownership(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }

    /// <summary>
    /// The slices that are no longer owned as these writes state, and the epoch that each has now. (Npgsql keeps the
    /// detail of an error to itself: it may hold data of customers.)
    /// </summary>
    public async Task<Dictionary<SliceKey, long>> LostAsync(
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    ) =>
        (
            await dataSource
                .Command(
                    """
                    select x.tenant_id, x.scenario, x.partition, coalesce(p.epoch, 0)
                    from unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[]) as x (tenant_id, scenario, partition, epoch, seq)
                    left join partition p using (tenant_id, scenario, partition)
                    where p.epoch is distinct from x.epoch or p.seq is distinct from x.seq
                    """,
                    writes.Select(w => w.Key.Tenant).ToArray(),
                    writes.Select(w => w.Key.Scenario).ToArray(),
                    writes.Select(w => w.Key.Partition).ToArray(),
                    writes.Select(w => w.Ownership.Epoch).ToArray(),
                    writes.Select(w => w.Ownership.Seq).ToArray()
                )
                .ListAsync(
                    row => (Key: new SliceKey(row.GetInt32(0), row.GetInt32(1), row.GetInt16(2)), Epoch: row.GetInt64(3)),
                    cancellationToken
                )
        ).ToDictionary(l => l.Key, l => l.Epoch);

    /// <summary>Makes the batches durable, all or none.</summary>
    /// <exception cref="PostgresException"><see cref="GateMoved"/>, <see cref="OwnerLost"/> (<see cref="LostAsync"/>
    /// tells of which slices), or
    /// class 22 or 23 when some row is poisoned. Nothing was written.</exception>
    public async Task CommitAsync(IReadOnlyList<LedgerWrite> writes, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var batch = new LedgerBatch(connection);
        await using var commands = batch.Commands;
        Partitions.Lock(batch, writes);
        Partitions.Fence(batch, writes);
        Runs.Write(batch, writes);
        RunHistory.Write(batch, writes);
        RunTrails.Write(batch, writes);
        RunData.Write(batch, writes);
        ProfileEntries.Write(batch, writes);
        Counts.Write(batch, writes);
        ReceiptRows.Write(batch, writes);
        Effects.Write(batch, writes);
        Profiles.Write(batch, writes);
        Erasure.Write(batch, writes);
        Audits.Write(batch, writes);
        await commands.ExecuteNonQueryAsync(cancellationToken);
    }
}
