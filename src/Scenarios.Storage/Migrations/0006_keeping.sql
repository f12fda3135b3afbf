-- What edits keep, and what time takes away.

alter table scenario
    -- Waits whose settings a save changed while it kept the exit times of those inside: by element a list of {until, element},
    -- the wait as it stood for those who came before revision "until". Until a save recomputes them.
    add column kept_times json not null default '{}',
    -- Deleted elements with their settings, the latest first.
    add column bin        json not null default '[]',
    -- Thirty days in the trash: only the number is left, which never returns.
    add column purged_at  timestamptz;

-- Receipts that name a run are kept as long as the run; they lie in the order of their time.
create index receipt_at on receipt using brin (at);

-- Months of the history, made ahead of time. A month whose rows have already come to the default partition stays there.
create function make_history_months(from_month date, months int) returns int language plpgsql as $$
declare
    first date := date_trunc('month', from_month);
    made int := 0;
begin
    for n in 0 .. months - 1 loop
        declare
            since date := first + make_interval(months => n);
            name text := 'run_history_' || to_char(since, 'YYYYMM');
        begin
            if to_regclass(name) is null then
                execute format('create table %I partition of run_history for values from (%L) to (%L)', name,
                    to_char(since, 'YYYY-MM-DD') || ' 00:00:00Z', to_char(since + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00Z');
                made := made + 1;
            end if;
        exception when check_violation or duplicate_table then
            null;   -- rows of it lie in the default partition, or another node was faster
        end;
    end loop;
    return made;
end $$;

-- Months that nobody needs any more: empty, and over before an instant.
create function drop_history_months(before timestamptz) returns int language plpgsql as $$
declare
    month record;
    is_empty boolean;
    dropped int := 0;
begin
    for month in
        select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'run_history'::regclass and c.relname ~ '^run_history_\d{6}$'
          and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= before
    loop
        execute format('select not exists (select from %I)', month.name) into is_empty;
        if is_empty then
            execute format('drop table %I', month.name);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end $$;
