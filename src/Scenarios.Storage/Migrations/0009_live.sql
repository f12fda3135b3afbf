-- Drafts are the grains' own. Lists and streams tell by these whether there is one (no version: there is none) and whose it is,
-- since they cannot ask ten thousand grains.
alter table scenario
    add column draft_version bigint,
    add column draft_by      text,
    add column draft_at      timestamptz;

-- Streams tell of a scenario's tasks that run.
create index task_of_scenario on task (tenant_id, scenario) where state = 'running';
