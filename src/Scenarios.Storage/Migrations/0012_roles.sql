-- since 0010
-- A server may work under a role that owns nothing: the months of the history are made and taken away by whom the tables belong to.
-- Nobody but that owner, and whom the migrator lets, may ask for it; and no table of the asker's own stands in the way.

do $$ begin
    execute format('alter function add_history_months(timestamptz, int) security definer set search_path = %I, pg_temp', current_schema());
    execute format('alter function drop_empty_history_months(timestamptz) security definer set search_path = %I, pg_temp', current_schema());
end $$;
revoke all on function add_history_months(timestamptz, int), drop_empty_history_months(timestamptz) from public;
