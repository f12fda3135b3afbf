using Npgsql;

namespace Scenarios.Storage;

/// <summary>
/// The rights of the server's role when another role owns the schema: to read and change rows and to call functions,
/// existing ones and those that the owner will create. It owns nothing, so it creates, alters and drops nothing.
/// </summary>
internal static class Grants
{
    /// <param name="owner">A connection of the schema's owner that holds the migration lock (two at once would
    /// conflict).</param>
    public static async Task GiveAsync(NpgsqlConnection owner, string role, CancellationToken cancellationToken)
    {
        // A do block accepts no parameters. Only missing rights are granted: each grant makes every session plan again.
        await using (
            var name = new NpgsqlCommand("select set_config('scenarios.server', $1, false)", owner)
            {
                Parameters = { new() { Value = role } },
            }
        )
            await name.ExecuteScalarAsync(cancellationToken);
        await using var give = new NpgsqlCommand(
            """
            do $$
            declare
                server text := current_setting('scenarios.server');
                own regclass;
                called regprocedure;
            begin
                if not has_schema_privilege(server, current_schema(), 'usage') then
                    execute format('grant usage on schema %I to %I', current_schema(), server);
                end if;
                for own in
                    select c.oid from pg_class c
                    where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p', 'v') and c.relowner = quote_ident(current_user)::regrole
                      and not (has_table_privilege(server, c.oid, 'select') and has_table_privilege(server, c.oid, 'insert')
                           and has_table_privilege(server, c.oid, 'update') and has_table_privilege(server, c.oid, 'delete'))
                loop
                    execute format('grant select, insert, update, delete on %s to %I', own, server);
                end loop;
                for called in
                    select p.oid from pg_proc p
                    where p.pronamespace = quote_ident(current_schema())::regnamespace and p.proowner = quote_ident(current_user)::regrole and not has_function_privilege(server, p.oid, 'execute')
                loop
                    execute format('grant execute on routine %s to %I', called, server);
                end loop;
                -- The months of the history, which are made between two migrations.
                execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', current_schema(), server);
            end $$
            """,
            owner
        );
        await give.ExecuteNonQueryAsync(cancellationToken);
    }
}
