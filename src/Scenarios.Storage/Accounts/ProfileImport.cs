using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Storage.Ledger;
using Scenarios.Storage.Ledger.Tables;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>Merges many profiles into a database: batches of <see cref="BatchSize"/>, each one transaction.</summary>
/// <param name="updated">Called after each batch with the ids of the profiles that already existed.</param>
public sealed class ProfileImport(
    NpgsqlDataSource dataSource,
    int tenant,
    int number,
    Func<IReadOnlyList<string>, Task> updated
)
{
    public const int BatchSize = 1000;

    private readonly List<ProfileEdit> _batch = new(BatchSize);
    private readonly HashSet<string> _ids = new(BatchSize, StringComparer.Ordinal);

    public long Created { get; private set; }
    public long Updated { get; private set; }

    public async Task AddAsync(ProfileEdit edit, CancellationToken cancellationToken)
    {
        // The same profile twice in one statement would be applied once: the earlier row is written first.
        if (!_ids.Add(edit.Id))
        {
            await FlushAsync(cancellationToken);
            _ids.Add(edit.Id);
        }
        _batch.Add(edit);
        if (_batch.Count == BatchSize)
            await FlushAsync(cancellationToken);
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
            return;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var created = await InsertAsync(connection, cancellationToken);
        var known = _batch.Where(e => !created.Contains(e.Id)).ToList();
        if (known.Count > 0)
            await UpdateAsync(connection, known, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (known.Count > 0)
            await updated(known.ConvertAll(e => e.Id));
        Created += created.Count;
        Updated += _batch.Count - created.Count;
        _batch.Clear();
        _ids.Clear();
    }

    /// <summary>Rows are locked in the order of keys, here and below, as the ledger does.</summary>
    /// <returns>The ids that were new.</returns>
    private async Task<HashSet<string>> InsertAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var ids = await connection
            .Command(
                """
                insert into profile (tenant_id, database, id, email, phone, time_zone, fields, subscriptions)
                select $1, $2, x.id, x.head ->> 'email', x.head ->> 'phone', x.head ->> 'timeZone',
                       apply_field_operations('{}', x.operations), coalesce(x.subscriptions, '[]')
                from (select id, head::jsonb, operations::jsonb, subscriptions::jsonb
                      from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as x (head, operations, subscriptions, id)) as x
                order by x.id collate "C"
                on conflict do nothing
                returning id
                """,
                [tenant, number, .. Changes(_batch), _batch.ConvertAll(e => e.Id)]
            )
            .ListAsync(row => row.GetString(0), cancellationToken);
        return new HashSet<string>(ids, StringComparer.Ordinal);
    }

    private async Task UpdateAsync(NpgsqlConnection connection, List<ProfileEdit> edits, CancellationToken cancellationToken)
    {
        var batch = new LedgerBatch(connection);
        await using var commands = batch.Commands;
        // Whole keys for each row: with tenant and database as constants the planner, which does not know the batch's
        // size, scans all profiles of the database.
        Profiles.Change(
            batch,
            edits.ConvertAll(e => new ChangedProfile(
                tenant,
                number,
                new ProfileWrite(e.Id, Create: false, e.Head, e.Operations, e.Subscriptions)
            ))
        );
        await commands.ExecuteNonQueryAsync(cancellationToken);
    }

    private static object?[] Changes(List<ProfileEdit> edits) =>
        [edits.ConvertAll(e => e.Head), edits.ConvertAll(e => e.Operations), edits.ConvertAll(e => e.Subscriptions)];
}
