using System.Text.Json;
using Npgsql;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>A named collection of profiles with typed fields.</summary>
/// <param name="Groups">Access groups; empty: the whole tenant.</param>
public sealed record DatabaseRow(int Number, string Name, DatabaseFields Fields, string[] Groups, DateTimeOffset CreatedAt);

/// <summary>The result of a change of a database.</summary>
public abstract record DatabaseChange
{
    private DatabaseChange() { }

    public sealed record Done(DatabaseRow Row) : DatabaseChange;

    public sealed record NotFound : DatabaseChange;

    /// <summary>Another database has this name.</summary>
    public sealed record NameTaken : DatabaseChange;

    /// <summary>The tenant already has <see cref="DatabaseStore.MaxDatabases"/>.</summary>
    public sealed record TooMany : DatabaseChange;

    /// <summary>Profiles hold values of this field, or a scenario's definition names it.</summary>
    public sealed record FieldInUse(string Field) : DatabaseChange;

    /// <summary>More than <see cref="DatabaseFields.MaxFields"/> fields.</summary>
    public sealed record TooManyFields : DatabaseChange;

    /// <summary>These scenarios work on it, those in the trash included.</summary>
    public sealed record InUse(IReadOnlyList<int> Scenarios) : DatabaseChange;
}

public sealed class DatabaseStore(NpgsqlDataSource dataSource)
{
    public const int MaxDatabases = 1000;
    private static readonly TimeSpan DeletePatience = TimeSpan.FromMinutes(5); // millions of profiles are deleted with it
    private const string Columns = "number, name, fields::text, groups, created_at";

    public Task<DatabaseRow?> FindAsync(int tenant, string name, CancellationToken cancellationToken) =>
        dataSource
            .Command($"select {Columns} from profile_database where tenant_id = $1 and name = $2", tenant, name)
            .FirstAsync(Read, cancellationToken);

    public Task<DatabaseRow?> FindAsync(int tenant, int number, CancellationToken cancellationToken) =>
        dataSource
            .Command($"select {Columns} from profile_database where tenant_id = $1 and number = $2", tenant, number)
            .FirstAsync(Read, cancellationToken);

    /// <summary>The databases visible to these groups, by number; null sees all.</summary>
    public Task<List<DatabaseRow>> ListAsync(
        int tenant,
        string[]? groups,
        int after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        dataSource
            .Command(
                $"""
                select {Columns} from profile_database
                where tenant_id = $1 and number > $2 and ($3::text[] is null or groups = '{"{}"}' or groups && $3)
                order by number limit $4
                """,
                tenant,
                after,
                groups,
                limit
            )
            .ListAsync(Read, cancellationToken);

    public async Task<DatabaseChange> CreateAsync(
        int tenant,
        string name,
        DatabaseFields fields,
        string[] groups,
        Audit audit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // The tenant's row counts them and serializes creators; a number is never reused.
        await using (var count = connection.Command("select count(*)::int from profile_database where tenant_id = $1", tenant))
            if ((int)(await count.ExecuteScalarAsync(cancellationToken))! >= MaxDatabases)
                return new DatabaseChange.TooMany();
        var row = await connection
            .Command(
                $"""
                with next as (update tenant set databases = databases + 1 where id = $1 returning databases)
                insert into profile_database (tenant_id, number, name, fields, groups)
                select $1, databases, $2, $3::jsonb, $4 from next
                on conflict (tenant_id, name) do nothing
                returning {Columns}
                """,
                tenant,
                name,
                Write(fields),
                groups
            )
            .FirstAsync(Read, cancellationToken);
        if (row is null)
            return new DatabaseChange.NameTaken();
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DatabaseChange.Done(row);
    }

    /// <summary>Adds, retypes and removes fields; the last two only while the field is unused.</summary>
    /// <param name="fields">A null type removes the field.</param>
    /// <param name="groups">Null leaves them.</param>
    public async Task<DatabaseChange> ChangeAsync(
        int tenant,
        int number,
        IReadOnlyList<(string Name, FieldType? Type)> fields,
        string[]? groups,
        Audit audit,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await connection
            .Command($"select {Columns} from profile_database where tenant_id = $1 and number = $2 for update", tenant, number)
            .FirstAsync(Read, cancellationToken);
        if (row is null)
            return new DatabaseChange.NotFound();

        var changed = new List<FieldDefinition>(row.Fields.All);
        foreach (var (field, type) in fields)
        {
            var place = changed.FindIndex(f => f.Name == field);
            if (place < 0 && type is { } added)
                changed.Add(new FieldDefinition(field, added));
            if (place < 0 || changed[place].Type == type)
                continue;
            if (await IsUsedAsync(connection, tenant, row.Number, field, cancellationToken))
                return new DatabaseChange.FieldInUse(field);
            if (type is { } other)
                changed[place] = new FieldDefinition(field, other);
            else
                changed.RemoveAt(place);
        }
        if (changed.Count > DatabaseFields.MaxFields)
            return new DatabaseChange.TooManyFields();

        row = row with { Fields = new DatabaseFields(changed), Groups = groups ?? row.Groups };
        await using var update = connection.Command(
            "update profile_database set fields = $3::jsonb, groups = $4 where tenant_id = $1 and number = $2",
            tenant,
            row.Number,
            Write(row.Fields),
            row.Groups
        );
        await update.ExecuteNonQueryAsync(cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DatabaseChange.Done(row);
    }

    /// <summary>With all its profiles, while no scenario works on it.</summary>
    public async Task<DatabaseChange> DeleteAsync(int tenant, int number, Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await connection
            .Command($"select {Columns} from profile_database where tenant_id = $1 and number = $2 for update", tenant, number)
            .FirstAsync(Read, cancellationToken);
        if (row is null)
            return new DatabaseChange.NotFound();
        var scenarios = await connection
            .Command(
                "select number from scenario where tenant_id = $1 and database = $2 order by number limit 20",
                tenant,
                row.Number
            )
            .ListAsync(r => r.GetInt32(0), cancellationToken);
        if (scenarios.Count > 0)
            return new DatabaseChange.InUse(scenarios);
        await using (var patience = connection.Command($"set local statement_timeout = '{DeletePatience.TotalSeconds}s'"))
            await patience.ExecuteNonQueryAsync(cancellationToken);
        await using (
            var delete = connection.Command("delete from profile where tenant_id = $1 and database = $2", tenant, row.Number)
        )
        {
            delete.CommandTimeout = (int)DeletePatience.TotalSeconds;
            await delete.ExecuteNonQueryAsync(cancellationToken);
        }
        await using (
            var unclaim = connection.Command(
                "delete from profile_claim where tenant_id = $1 and database = $2",
                tenant,
                row.Number
            )
        )
            await unclaim.ExecuteNonQueryAsync(cancellationToken);
        await using (
            var forget = connection.Command(
                """update receipt set answer = forgotten_answer(answer) where tenant_id = $1 and database = $2 and profile is not null""",
                tenant,
                row.Number
            )
        )
            await forget.ExecuteNonQueryAsync(cancellationToken);
        await using (
            var delete = connection.Command(
                "delete from profile_database where tenant_id = $1 and number = $2",
                tenant,
                row.Number
            )
        )
            await delete.ExecuteNonQueryAsync(cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new DatabaseChange.Done(row);
    }

    /// <summary>
    /// Errs on the safe side: a definition that contains the name as a word counts as using the field.
    /// </summary>
    private static async Task<bool> IsUsedAsync(
        NpgsqlConnection connection,
        int tenant,
        int number,
        string field,
        CancellationToken cancellationToken
    )
    {
        await using var command = connection.Command(
            """
            select exists (select from profile where tenant_id = $1 and database = $2 and fields ? $3)
                or exists (select from scenario where tenant_id = $1 and database = $2 and position($3 in definition::text) > 0)
            """,
            tenant,
            number,
            field
        );
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static DatabaseRow Read(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetString(1), ReadFields(row.GetString(2)), row.GetFieldValue<string[]>(3), row.At(4));

    private static DatabaseFields ReadFields(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new DatabaseFields([
            .. document
                .RootElement.EnumerateArray()
                .Select(f => new FieldDefinition(
                    f.GetProperty("name").GetString()!,
                    Name<FieldType>.Parse(f.GetProperty("type").GetString()!)
                )),
        ]);
    }

    private static string Write(DatabaseFields fields) =>
        "["
        + string.Join(',', fields.All.Select(f => $$"""{"name":"{{f.Name}}","type":"{{Name<FieldType>.Of(f.Type)}}"}"""))
        + "]";
}
