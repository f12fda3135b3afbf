-- Tenants, their tokens, and their databases of profiles. Every key begins with the tenant, so that the tables can be
-- spread by it (partitioning, Citus) and so that no statement can forget it.

create table tenant (
    id         int generated always as identity primary key,
    name       text        not null unique,
    databases  int         not null default 0,           -- how many it ever had: the number of the newest
    created_at timestamptz not null default clock_timestamp(),
    -- Signs the tenant's webhooks; the former one stays good while receivers change over.
    webhook_secret        bytea not null default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
    former_webhook_secret bytea
);

-- Only the hash of a token's secret half is kept; the first half finds the row.
create table token (
    id         text        primary key,
    tenant_id  int         not null references tenant,
    hash       bytea       not null,
    name       text        not null,
    role       text        not null check (role in ('viewer', 'operator', 'editor', 'admin', 'ingest')),
    groups     text[]      not null default '{}',
    database   text,
    operator   boolean     not null default false,   -- may create tenants and see the cluster
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
create index on token (tenant_id, created_at);

-- A "database" is a named collection of profiles with typed fields: [{"name", "type"}].
create table profile_database (
    tenant_id  int         not null references tenant,
    number     int         not null,
    name       text        not null,
    fields     jsonb       not null,
    groups     text[]      not null default '{}',
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, number),
    unique (tenant_id, name)
);

create table profile (
    tenant_id     int         not null,
    database      int         not null,
    id            text        collate "C" not null,
    email         text,
    phone         text,
    time_zone     text,
    fields        jsonb       not null default '{}',
    subscriptions jsonb       not null default '[]',
    version       bigint      not null default 1,
    created_at    timestamptz not null default clock_timestamp(),
    updated_at    timestamptz not null default clock_timestamp(),
    primary key (tenant_id, database, id)
) with (fillfactor = 90);
create index on profile (tenant_id, database, lower(email)) where email is not null;
create index on profile (tenant_id, database, phone) where phone is not null;
create index on profile using gin (subscriptions jsonb_path_ops) where subscriptions <> '[]';

-- Answers of idempotency keys. A row outlives its 48 hours while it names a run: what caused a run stays unique for it.
-- Keys that the system gives itself (a goto's run and step) begin with a control character, which no caller may send.
create table receipt (
    tenant_id int         not null,
    key       text        collate "C" not null,
    route     text        not null,
    hash      bytea       not null,
    status    smallint,                       -- null while the request is being executed
    answer    text,
    headers   jsonb,                          -- of the answer: Location, ETag, Content-Type
    run_id    uuid,
    at        timestamptz not null default clock_timestamp(),
    primary key (tenant_id, key)
);
create index on receipt (at) where run_id is null;

-- By this key all nodes sign what they hand out and want back unaltered (cursors): 244 random bits.
create table signing_key (
    id  int   primary key default 1 check (id = 1),
    key bytea not null
);
insert into signing_key (key) values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

create table audit (
    tenant_id int         not null,
    id        uuid        not null,
    at        timestamptz not null default clock_timestamp(),
    actor     text        not null,           -- the token's name and id
    action    text        not null,           -- a verb of the API: activate, clear, save …
    subject   text        not null,           -- scenario/12, profile/…, token/…
    detail    jsonb       not null default '{}',
    primary key (tenant_id, id)
);

-- Applies [[operator, field, value], …] in order: merge and replace take an object (null clears), set a value, increment a
-- number, add and remove a value or a list of them. Profiles are shared, so they are changed by expressions like this one
-- in the commit of the step, and never read, changed and written back.
create function apply_field_operations(fields jsonb, operations jsonb) returns jsonb language plpgsql immutable parallel safe as $$
declare
    operation jsonb;
    name text;
    operand jsonb;
    list jsonb;
begin
    for operation in select value from jsonb_array_elements(operations) loop
        name := operation ->> 1;
        operand := operation -> 2;
        case operation ->> 0
            when 'merge' then fields := jsonb_strip_nulls(fields || operand);
            when 'replace' then fields := jsonb_strip_nulls(operand);
            when 'set' then fields := jsonb_strip_nulls(fields || jsonb_build_object(name, operand));
            when 'increment' then
                fields := fields || jsonb_build_object(name, coalesce((fields ->> name)::numeric, 0) + (operand #>> '{}')::numeric);
            when 'add' then
                list := coalesce(fields -> name, '[]');
                select list || coalesce(jsonb_agg(distinct value), '[]') into list
                    from jsonb_array_elements(case jsonb_typeof(operand) when 'array' then operand else jsonb_build_array(operand) end)
                    where not list @> jsonb_build_array(value);
                fields := fields || jsonb_build_object(name, list);
            when 'remove' then
                select coalesce(jsonb_agg(value order by place), '[]') into list
                    from jsonb_array_elements(coalesce(fields -> name, '[]')) with ordinality as kept (value, place)
                    where not (case jsonb_typeof(operand) when 'array' then operand else jsonb_build_array(operand) end) @> jsonb_build_array(value);
                fields := fields || jsonb_build_object(name, list);
        end case;
    end loop;
    return fields;
end $$;

-- A subscription is known by channel, resource and address; a later one replaces it, others stay.
create function merge_subscriptions(present jsonb, later jsonb) returns jsonb language sql immutable parallel safe as $$
    select coalesce(jsonb_agg(s.value order by s.round, s.place), '[]')
    from (
        select o.value, 0 as round, o.place from jsonb_array_elements(present) with ordinality as o (value, place)
        where not exists (
            select from jsonb_array_elements(later) as n (value)
            where n.value ->> 'channel' = o.value ->> 'channel'
              and n.value ->> 'resource' is not distinct from o.value ->> 'resource'
              and n.value ->> 'address' is not distinct from o.value ->> 'address')
        union all
        select n.value, 1, n.place from jsonb_array_elements(later) with ordinality as n (value, place)
        where not exists (
            select from jsonb_array_elements(later) with ordinality as o (value, place)
            where o.place > n.place
              and o.value ->> 'channel' = n.value ->> 'channel'
              and o.value ->> 'resource' is not distinct from n.value ->> 'resource'
              and o.value ->> 'address' is not distinct from n.value ->> 'address')
    ) as s
$$;
