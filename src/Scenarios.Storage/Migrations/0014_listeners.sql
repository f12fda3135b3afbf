-- since 0010
-- What changes of a profile concern a scenario's waiting runs, as the engine says of its definition: found by an index, instead of by text
-- in the definition. A program that does not write these rows raises the revision alone, which says that they are of another one.

create table listener (
    tenant_id int  not null,
    scenario  int  not null,
    kind      text not null,   -- field, zone
    name      text not null,   -- the field; empty for a zone
    primary key (tenant_id, scenario, kind, name)
);

alter table scenario add column listens_revision int;   -- null: no rows yet
