using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// Brings the schema forward: the files <c>Migrations/NNNN_name.sql</c> that this database has not seen, in the order of their
/// numbers, each in one transaction with its own record. Forward only: a file that ran anywhere is never changed again, the
/// next one corrects it. Any number of silos may start at once; they take turns behind an advisory lock of the session.
/// A database that has seen newer files than ours is left alone: an older silo beside newer ones is what a rolling upgrade is.
/// </summary>
public static partial class Migrator
{
    private const long TurnKey = 0x5343_454E_4152_494F; // "SCENARIO"
    private const int Attempts = 30;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <returns>How many files ran.</returns>
    /// <exception cref="MigrationException">A file differs from what ran, or does not run.</exception>
    public static async Task<int> MigrateAsync(string connectionString, ILogger log, TimeProvider time, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false, // the lock of the session ends with the connection, whatever happens
            CommandTimeout = 0,
        }.ConnectionString);
        await connection.OpenAsync(cancellation);
        await ExecuteAsync("set lock_timeout = 0; set statement_timeout = 0", connection, cancellation);
        await ExecuteAsync($"select pg_advisory_lock({TurnKey})", connection, cancellation);
        // A change of a table that others are working on must not make them queue behind it for long: it gives up and tries again.
        await ExecuteAsync("set lock_timeout = '2s'", connection, cancellation);
        await ExecuteAsync("""
            create table if not exists schema_migration (
                number     integer primary key,
                name       text not null,
                hash       text not null,   -- SHA-256 of the file, hexadecimal
                applied_at timestamptz not null default clock_timestamp())
            """, connection, cancellation);

        var applied = await ReadAppliedAsync(connection, cancellation);
        var ran = 0;
        foreach (var migration in All)
        {
            if (!applied.TryGetValue(migration.Number, out var hash))
            {
                await ApplyAsync(migration, connection, log, time, cancellation);
                ran++;
            }
            else if (hash != migration.Hash)
            {
                throw new MigrationException($"The migration {migration.Name} ran on this database as {hash[..12]}, but is {migration.Hash[..12]} in this program. "
                    + "A migration that has run is never changed: add a new one.");
            }
        }
        if (applied.Count > 0 && applied.Keys.Max() is var newest && newest > All[^1].Number) LogNewerSchema(log, newest, All[^1].Number);
        return ran;
    }

    private static async Task ApplyAsync(Migration migration, NpgsqlConnection connection, ILogger log, TimeProvider time, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                await ExecuteAsync(migration.Sql, connection, cancellation);
                await using var record = new NpgsqlCommand("insert into schema_migration (number, name, hash) values ($1, $2, $3)", connection)
                {
                    Parameters = { new() { Value = migration.Number }, new() { Value = migration.Name }, new() { Value = migration.Hash } },
                };
                await record.ExecuteNonQueryAsync(cancellation);
                await transaction.CommitAsync(cancellation);
                LogMigrated(log, migration.Name);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < Attempts)
            {
                LogWaiting(log, migration.Name, attempt);
                await Task.Delay(BetweenAttempts, time, cancellation);
            }
            catch (PostgresException e)
            {
                throw new MigrationException($"The migration {migration.Name} failed at character {e.Position}: {e.MessageText}", e);
            }
        }
    }

    private static async Task<Dictionary<int, string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select number, hash from schema_migration", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var applied = new Dictionary<int, string>();
        while (await reader.ReadAsync(cancellation)) applied.Add(reader.GetInt32(0), reader.GetString(1));
        return applied;
    }

    private static async Task ExecuteAsync(string sql, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed record Migration(int Number, string Name, string Sql)
    {
        public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
    }

    private static readonly IReadOnlyList<Migration> All = ReadAll();

    private static List<Migration> ReadAll()
    {
        const string Prefix = "Scenarios.Storage.Migrations.", Suffix = ".sql";
        var assembly = Assembly.GetExecutingAssembly();
        var all = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                var name = resource[Prefix.Length..^Suffix.Length];
                return new Migration(int.Parse(name.AsSpan(0, 4)), name, reader.ReadToEnd().ReplaceLineEndings("\n"));
            })
            .OrderBy(migration => migration.Number)
            .ToList();
        return all.Select(migration => migration.Number).SequenceEqual(Enumerable.Range(1, all.Count))
            ? all
            : throw new InvalidOperationException($"Migrations are not numbered 0001 to {all.Count:0000} one by one: {string.Join(", ", all.Select(m => m.Name))}.");
    }
}

/// <summary>The schema cannot be brought forward. The message is for the person at the console.</summary>
public sealed class MigrationException(string message, Exception? cause = null) : Exception(message, cause);
