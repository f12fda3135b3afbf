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
    internal async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.Command(
            "insert into audit (tenant_id, id, actor, action, subject, detail) values ($1, $2, $3, $4, $5, $6::jsonb)",
            Tenant, Guid.CreateVersion7(), Actor, Action, Subject, Detail);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}

public sealed record AuditRow(Guid Id, DateTimeOffset At, string Actor, string Action, string Subject, string Detail);

public sealed class AuditStore(NpgsqlDataSource database)
{
    /// <summary>For changes that have no transaction of their own.</summary>
    public async Task WriteAsync(Audit audit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await audit.WriteAsync(connection, cancellation);
    }

    /// <summary>The newest first, before the entry <paramref name="before"/>.</summary>
    public Task<List<AuditRow>> ListAsync(int tenant, Guid? before, int limit, CancellationToken cancellation) => database.Command("""
        select id, at, actor, action, subject, detail::text from audit
        where tenant_id = $1 and id < $2 order by id desc limit $3
        """, tenant, before ?? Guid.AllBitsSet, limit)
        .List(row => new AuditRow(row.GetGuid(0), row.At(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5)), cancellation);
}
