-- What is kept, and for how long.

alter table tenant
    add column time_zone      text        not null default 'UTC',
    add column retention_days int         not null default 400,
    -- Every run that ended since then is still here. What ended before goes, chunk by chunk.
    add column history_from   timestamptz not null default '-infinity',
    -- How many scenarios it ever had, those that are gone among them: the number of the newest.
    add column scenarios      int         not null default 0;

update tenant t set scenarios = coalesce((select max(number) from scenario s where s.tenant_id = t.id), 0);

-- Accounts were grain state alone until now.
update tenant t set time_zone = coalesce(a.state ->> 'TimeZone', 'UTC'), retention_days = coalesce((a.state ->> 'RetentionDays')::int, 400)
from (
    select grainidn1 as id, convert_from(payloadbinary, 'UTF8')::jsonb as state from orleansstorage
    where graintypestring = 'account' and payloadbinary is not null) as a
where a.id = t.id;

-- By these the keeper finds what is too old: runs by their end, receipts by their run, tasks by their end.
create index run_history_ended on run_history (tenant_id, ended_at);
create index receipt_run on receipt (tenant_id, run_id) where run_id is not null;
create index task_ended on task (tenant_id, ended_at) where ended_at is not null;

-- An answer that holds what a profile holds says whose it is: with the profile it is forgotten.
alter table receipt add column database int, add column profile text collate "C";
create index receipt_profile on receipt (tenant_id, database, profile) where profile is not null;

-- What is left of the answer to a write of a profile that has been deleted since: it was done, and nothing of it is told.
create function forgotten_answer(answer text) returns text language sql immutable parallel safe as $$
    select json_build_object(
        'id', a -> 'id', 'email', null, 'phone', null, 'timeZone', null, 'fields', '{}'::json, 'subscriptions', '[]'::json,
        'createdAt', a -> 'createdAt', 'updatedAt', a -> 'updatedAt')::text
    from (select answer::json) as x (a)
$$;

-- What a task was to do names customers, and what a batch was to send holds them: neither outlives the task's end any more.
update task set work = '{}' where state <> 'running';
update task_part p set work = null from task t where t.tenant_id = p.tenant_id and t.id = p.task and t.state <> 'running' and p.work is not null;

-- Makes the months of the history, this one and some ahead. A month of which the default partition already holds runs stays
-- there, since they could not be moved without holding up the commits; it empties as they grow old.
create function add_history_months(now timestamptz, ahead int) returns int language plpgsql as $$
declare
    first timestamptz;
    next timestamptz;
    name text;
    added int := 0;
begin
    for n in 0 .. ahead loop
        first := (date_trunc('month', now at time zone 'UTC') + make_interval(months => n)) at time zone 'UTC';
        next := (date_trunc('month', now at time zone 'UTC') + make_interval(months => n + 1)) at time zone 'UTC';
        name := 'run_history_' || to_char(first at time zone 'UTC', 'YYYYMM');
        continue when to_regclass(name) is not null
            or exists (select from run_history_default where ended_at >= first and ended_at < next);
        -- Made apart and then attached: making it in place would lock the whole history.
        execute format('create table %I (like run_history including all)', name);
        execute format('alter table run_history attach partition %I for values from (%L) to (%L)', name, first, next);
        added := added + 1;
    end loop;
    return added;
end $$;

-- Takes away months that are over for long and hold nothing any more.
create function drop_empty_history_months(now timestamptz) returns int language plpgsql as $$
declare
    name text;
    is_used boolean;
    dropped int := 0;
begin
    for name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'run_history'::regclass and c.relname ~ '^run_history_\d{6}$'
          and c.relname < 'run_history_' || to_char((now - interval '60 days') at time zone 'UTC', 'YYYYMM')
        order by 1
    loop
        execute format('select exists (select from %I)', name) into is_used;
        continue when is_used;
        execute format('drop table %I', name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

select add_history_months(clock_timestamp(), 3);
