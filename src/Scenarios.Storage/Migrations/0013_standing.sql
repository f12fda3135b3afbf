-- since 0010, in steps
-- Of two indexes that begin alike the planner took either while it knew no statistics of the table, as in the first burst of a new
-- database: a run was looked for by its id among all that stand in its scenario, at 1 ms each. Only who says element <> '' is led here now.

drop index concurrently if exists run_standing;
-- step
create index concurrently run_standing on run (tenant_id, scenario, element, id) where element <> '';
-- step
drop index concurrently if exists run_element;
-- step
-- A row for each slice or number: what vacuum could cut off their ends is not worth the lock on the whole of them.
alter table partition set (vacuum_truncate = false);
-- step
alter table live_count set (vacuum_truncate = false);
-- step
alter table period_count set (vacuum_truncate = false);
