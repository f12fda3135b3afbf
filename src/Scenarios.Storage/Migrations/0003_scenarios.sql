-- Scenarios and their runs. Hot tables hold live rows only: a run that ends moves to run_history.

create table scenario (
    tenant_id      int         not null references tenant,
    number         int         not null,
    title          text        not null,
    about          jsonb       not null,
    database       int         not null,
    partitions     smallint    not null,
    -- The gate: every commit of a partition checks this number, everything that a commit depends on raises it.
    gate           bigint      not null default 1,
    status         text        not null default 'inactive' check (status in ('inactive', 'active', 'finishing')),
    generation     int         not null default 1,        -- runs of an older generation are dead
    revision       int         not null default 1,
    settings       jsonb       not null,
    definition     json        not null,
    layout         json        not null default '{}',
    stopped        interval    not null default '0',      -- how long duration waits have stood still (clockStops), in all
    frozen_at      timestamptz,                           -- since when runs stand frozen
    -- The last activation of frozen runs: those overdue at that moment leave at no more than the rate.
    resumed_at     timestamptz,
    resume_rate    int,
    resume_overdue bigint,
    created_at     timestamptz not null default clock_timestamp(),
    updated_at     timestamptz not null default clock_timestamp(),
    activated_at   timestamptz,
    deleted_at     timestamptz,
    primary key (tenant_id, number)
);

create table scenario_revision (
    tenant_id  int         not null,
    scenario   int         not null,
    revision   int         not null,
    at         timestamptz not null default clock_timestamp(),
    actor      text        not null,
    note       text,
    settings   jsonb       not null,
    definition json        not null,
    moved      jsonb       not null default '{}',       -- deleted elements, and to which their runs moved
    primary key (tenant_id, scenario, revision)
);

-- Generations that were ended whole: clear, deactivate. Their rows are dead at once and cleaned up later.
create table scenario_generation (
    tenant_id  int         not null,
    scenario   int         not null,
    generation int         not null,
    ended_at   timestamptz not null,
    reason     text        not null,
    cleaned    boolean     not null default false,
    primary key (tenant_id, scenario, generation)
);

create table partition (
    tenant_id int         not null,
    scenario  int         not null,
    partition smallint    not null,
    epoch     bigint      not null default 0,   -- raised by each new owner
    seq       bigint      not null default 0,   -- raised by each commit
    next_due  timestamptz,                      -- when the next wait or effect is due; null: nothing to do
    overdue   bigint      not null default 0,   -- how many were overdue at the last activation …
    resumed   bigint      not null default 0,   -- … and how many of them have left
    owner     text,
    revision  int         not null default 0,   -- up to which edits its waiting runs were computed anew
    primary key (tenant_id, scenario, partition)
) with (fillfactor = 50);
create index on partition (next_due) where next_due is not null;

create table run (
    tenant_id   int         not null,
    scenario    int         not null,
    id          uuid        not null,
    partition   smallint    not null,
    generation  int         not null,
    profile_id  text        collate "C" not null,
    element     text        collate "C" not null,
    phase       smallint    not null,           -- 0 arriving (goes on at once), 1 waiting, 2 performing
    step        int         not null,           -- trail steps so far
    entered_at  timestamptz not null,
    arrived_at  timestamptz not null,
    due         timestamptz,                    -- in the scenario's own time when stoppable, else real time
    stoppable   boolean     not null,           -- a duration wait, which clockStops may hold
    revision    int         not null,           -- by which revision due was computed
    depth       smallint    not null,           -- gotos that led here
    hops        smallint    not null,           -- steps since the last wait
    stopped     interval    not null,           -- how long the scenario's time had stood still, in all, at arrival
    has_content boolean     not null,
    has_kept    boolean     not null,
    primary key (tenant_id, scenario, id)
) with (fillfactor = 85);
create index run_due on run (tenant_id, scenario, partition, stoppable, due) where due is not null;
create index run_element on run (tenant_id, scenario, element, id);

-- What a run carries beside its hot row: the content of its capture as it was sent, and the kept answers.
create table run_data (
    tenant_id int  not null,
    scenario  int  not null,
    run_id    uuid not null,
    content   text,
    kept      text,
    primary key (tenant_id, scenario, run_id)
);

-- One row for each commit that moved the run: the JSON list of the steps that it left behind.
create table run_trail (
    tenant_id  int  not null,
    scenario   int  not null,
    run_id     uuid not null,
    first_step int  not null,
    steps      text not null,
    primary key (tenant_id, scenario, run_id, first_step)
);

create table run_history (
    tenant_id   int         not null,
    scenario    int         not null,
    id          uuid        not null,
    partition   smallint    not null,
    generation  int         not null,
    profile_id  text        collate "C" not null,
    state       text        not null,           -- completed, failed, left
    reason      text,
    goal        text,
    element     text        collate "C" not null,
    step        int         not null,
    entered_at  timestamptz not null,
    ended_at    timestamptz not null,
    has_content boolean     not null,
    primary key (tenant_id, scenario, id, ended_at)
) partition by range (ended_at);
create index on run_history (tenant_id, scenario, profile_id);
-- Months are added ahead of time by the keeper of the tables; what falls between chairs is kept here.
create table run_history_default partition of run_history default;

-- What is remembered of a profile in a scenario, for ever: entries for the re-entry modes, open runs, the last decline.
create table profile_entry (
    tenant_id       int         not null,
    scenario        int         not null,
    profile_id      text        collate "C" not null,
    entries         int         not null,
    open            uuid[]      not null,
    generation      int         not null,       -- of the open runs; those of a dead generation count as ended
    completed       int         not null,
    failed          int         not null,
    last_entered_at timestamptz,
    last_ended_at   timestamptz,
    recent          timestamptz[],              -- the latest entries, where an entry cap asks for them
    declined        text,
    declined_at     timestamptz,
    primary key (tenant_id, scenario, profile_id)
) with (fillfactor = 80);

-- How many runs stand at each element: one delta for each batch, in the commit that moves the runs.
create table live_count (
    tenant_id  int      not null,
    scenario   int      not null,
    generation int      not null,
    partition  smallint not null,
    element    text     collate "C" not null,
    n          bigint   not null,
    primary key (tenant_id, scenario, generation, partition, element)
) with (fillfactor = 50);

-- Statistics in quarter hours of UTC. element '' is the scenario itself. kind: entered, left (by output), ended (by
-- reason) for elements; entered, completed (by goal), failed (by reason), left (by reason), declined (by reason), error for the scenario.
create table period_count (
    tenant_id int         not null,
    scenario  int         not null,
    at        timestamptz not null,
    partition smallint    not null,
    element   text        collate "C" not null,
    kind      text        collate "C" not null,
    name      text        collate "C" not null,
    n         bigint      not null,
    primary key (tenant_id, scenario, at, partition, element, kind, name)
) with (fillfactor = 50);

-- Work outside the system that a run asked for. The request is stored rendered, so that every attempt sends the same bytes.
create table effect (
    tenant_id  int         not null,
    scenario   int         not null,
    run_id     uuid        not null,
    step       int         not null,
    partition  smallint    not null,
    generation int         not null,
    profile_id text        collate "C" not null,
    element    text        collate "C" not null,
    kind       text        not null,            -- webhook, goto
    attempt    int         not null,            -- attempts begun
    due        timestamptz not null,            -- when the next attempt may begin; infinity while one is under way
    request    text        not null,
    outcome    text,                            -- came while the gate was closed: applied at activation
    primary key (tenant_id, scenario, run_id, step)
);
create index effect_due on effect (tenant_id, scenario, partition, due);

-- Proves, inside the transaction that commits a batch, that each partition is still owned by who commits and that its
-- scenario's gate has not moved. The shared advisory locks were taken by the statement before, so a gate that moves waits
-- for this commit, and what is read here is the newest. Raises SC001 (gate) or SC002 (owner) naming the partitions.
create function fence(
    tenants int[], scenarios int[], partitions smallint[], gates bigint[], epochs bigint[], seqs bigint[], dues timestamptz[], resumes bigint[]
) returns void language plpgsql as $$
declare
    stale text;
    held int;
begin
    select string_agg(format('%s/%s/%s', x.tenant_id, x.scenario, x.partition), ' ') into stale
    from unnest(tenants, scenarios, partitions, gates) as x (tenant_id, scenario, partition, gate)
    left join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
    where s.gate is distinct from x.gate;
    if stale is not null then
        raise exception 'the gate has moved' using errcode = 'SC001', detail = stale;
    end if;

    update partition p
    set seq = p.seq + 1, next_due = x.due, resumed = p.resumed + x.resumed
    from unnest(tenants, scenarios, partitions, epochs, seqs, dues, resumes)
        as x (tenant_id, scenario, partition, epoch, seq, due, resumed)
    where p.tenant_id = x.tenant_id and p.scenario = x.scenario and p.partition = x.partition
      and p.epoch = x.epoch and p.seq = x.seq;
    get diagnostics held = row_count;
    if held <> cardinality(tenants) then
        select string_agg(format('%s/%s/%s', x.tenant_id, x.scenario, x.partition), ' ') into stale
        from unnest(tenants, scenarios, partitions, epochs, seqs) as x (tenant_id, scenario, partition, epoch, seq)
        left join partition p using (tenant_id, scenario, partition)
        where p.epoch is distinct from x.epoch or p.seq is distinct from x.seq + 1;
        raise exception 'another owner has the partition' using errcode = 'SC002', detail = coalesce(stale, '');
    end if;
end $$;
