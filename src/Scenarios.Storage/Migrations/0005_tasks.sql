-- Work that outlives its request: bulk actions and large batches. A task is a row; the grain that works on it keeps nothing
-- that is not here, so any silo goes on where the last one died.

create table task (
    tenant_id  int         not null references tenant,
    id         uuid        not null,
    kind       text        not null check (kind in ('bulk', 'captures')),
    scenario   int         not null,
    state      text        not null default 'running' check (state in ('running', 'done', 'failed', 'cancelled')),
    done       bigint      not null default 0,
    total      bigint      not null,
    work       text        not null,           -- what is to be done, as its kind reads it
    progress   text,                           -- how far it has come: written after each page, under the owner's epoch
    result     text,
    errors     text        not null default '[]',
    key        text        collate "C",        -- the request's idempotency key: asked for twice, it is one task
    actor      text        not null,
    epoch      bigint      not null default 0, -- raised by each new owner
    owner      text,
    created_at timestamptz not null default clock_timestamp(),
    at         timestamptz not null default clock_timestamp(),   -- of the latest progress
    ended_at   timestamptz,
    primary key (tenant_id, id)
);
create unique index task_key on task (tenant_id, key) where key is not null;
create index task_running on task (at) where state = 'running';

-- A batch in pieces, each with what it asks for until it is done, and what became of it afterwards.
create table task_part (
    tenant_id int  not null,
    task      uuid not null,
    part      int  not null,
    work      text,
    outcome   text,
    primary key (tenant_id, task, part),
    foreign key (tenant_id, task) references task on delete cascade
);
