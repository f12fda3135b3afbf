using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Ledger;

/// <summary>
/// Ends commits that stopped half-way on the line. A silo that is cut off, or paused, when PostgreSQL has read part of its batch
/// holds the locks of its slices, and the node that takes them over waits. No time limit of PostgreSQL's ends it: between the
/// statements
/// of one batch none runs, and its keepalives are answered by the kernel of a paused process, or by a proxy.
/// </summary>
public sealed class StalledCommits(NpgsqlDataSource dataSource)
{
    /// <summary>How many were ended.</summary>
    /// <param name="limit">For so long the transaction has been open, and waits for its client. (Client reads are what
    /// tells: a commit that is merely slow runs, or waits for a lock.)</param>
    public async Task<long> EndAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.Command(
            """
            select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
              and state = 'active' and wait_event = 'ClientRead' and xact_start < clock_timestamp() - $1
            """,
            limit
        );
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
