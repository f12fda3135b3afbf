-- What only readers need.

-- When a waiting run moves on, in real time. A wait that a freeze may hold is due in the scenario's own time, which stands
-- still while frozen under clockStops: then this is the instant as it would be if the scenario were activated now.
create function leaves_at(r run, s scenario) returns timestamptz language sql stable parallel safe as $$
    select case
        when r.phase <> 1 then null
        when not r.stoppable then r.due
        when s.frozen_at is not null and s.settings ->> 'frozenWaits' = 'clockStops' then r.due + s.stopped + (clock_timestamp() - s.frozen_at)
        else r.due + s.stopped
    end
$$;

-- The start of the quarter hour in which statistics count an instant.
create function quarter_hour(at timestamptz) returns timestamptz language sql immutable parallel safe as $$
    select date_bin('15 minutes', at, timestamptz '2000-01-01 00:00:00Z')
$$;

-- The numbers of scenarios as wholes, which lists and charts ask for, without passing those of all their elements.
create index period_count_scenario on period_count (tenant_id, scenario, at) where element = '';
