using Npgsql;
using Scenarios.Storage.Reads;

namespace Scenarios.Storage.Accounts;

/// <summary>One entry of who changed what, written in the transaction of the change.</summary>
/// <param name="Actor">The token's name and id.</param>
/// <param name="Action">A verb of the API: create, change, delete, revoke, import, activate …</param>
/// <param name="Subject"><c>kind/id</c>: scenario/12, database/customers, token/….</param>
/// <param name="Detail">JSON object; never a secret, never a body.</param>
public sealed record Audit(int Tenant, string Actor, string Action, string Subject, string Detail = "{}")
{
    internal async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            "insert into audit (tenant_id, id, actor, action, subject, detail) values ($1, $2, $3, $4, $5, $6::jsonb)",
            Tenant,
            NextId(),
            Actor,
            Action,
            Subject,
            Detail
        );
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// The list is ordered by id, and entries within one millisecond have an order too: so the fraction of the
    /// millisecond replaces twelve random bits of version 7 (RFC 9562, 6.2, method 3).
    /// </summary>
    internal static Guid NextId()
    {
        var now = DateTimeOffset.UtcNow;
        var fraction = (int)(now.Ticks % TimeSpan.TicksPerMillisecond * 4096 / TimeSpan.TicksPerMillisecond);
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(now).TryWriteBytes(id, bigEndian: true, out _);
        (id[6], id[7]) = ((byte)(0x70 | (fraction >> 8)), (byte)fraction);
        return new Guid(id, bigEndian: true);
    }
}

public sealed record AuditRow(Guid Id, DateTimeOffset At, string Actor, string Action, string Subject, string Detail);

public sealed class AuditStore(NpgsqlDataSource dataSource)
{
    /// <summary>For changes that have no transaction of their own.</summary>
    public async Task WriteAsync(Audit audit, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await audit.WriteAsync(connection, cancellationToken);
    }

    /// <summary>Newest first, before the entry <paramref name="before"/>.</summary>
    public Task<List<AuditRow>> ListAsync(int tenant, Guid? before, int limit, CancellationToken cancellationToken) =>
        dataSource
            .Command(
                """
                select id, at, actor, action, subject, detail::text from audit
                where tenant_id = $1 and id < $2 order by id desc limit $3
                """,
                tenant,
                before ?? Guid.AllBitsSet,
                limit
            )
            .ListAsync(
                row => new AuditRow(
                    row.GetGuid(0),
                    row.At(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetString(4),
                    row.GetString(5)
                ),
                cancellationToken
            );
}
