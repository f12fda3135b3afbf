-- What grains kept in Orleans' storage, beside rows that said a part of the same: a draft and its mark, an account and its rate.
-- Each was two writes, and a fault between them left half of it done. Now they are rows, and one write.

alter table scenario
    add column draft        json,                        -- what is drawn and not saved; null: nothing
    add column draft_writes bigint not null default 0;   -- raised by each write of it, also by the one that takes it away

update scenario s set
    draft = (d.state ->> 'Json')::json, draft_writes = coalesce((d.state ->> 'Version')::bigint, 0),
    draft_version = case when d.state ->> 'Json' is null then null else (d.state ->> 'Version')::bigint end,
    draft_by = case when d.state ->> 'Json' is null then null else d.state ->> 'By' end,
    draft_at = case when d.state ->> 'Json' is null then null else (d.state ->> 'At')::timestamptz end
from (
    select split_part(grainidextensionstring, '/', 1)::int as tenant_id, split_part(grainidextensionstring, '/', 2)::int as number, convert_from(payloadbinary, 'UTF8')::jsonb as state
    from orleansstorage where graintypestring = 'draft' and payloadbinary is not null) as d
where s.tenant_id = d.tenant_id and s.number = d.number;

alter table tenant add column rate_per_second int;       -- requests and items of batches; null: as many as there are

update tenant t set rate_per_second = (a.state ->> 'RatePerSecond')::int
from (
    select grainidn1 as id, convert_from(payloadbinary, 'UTF8')::jsonb as state from orleansstorage
    where graintypestring = 'account' and payloadbinary is not null) as a
where a.id = t.id;
