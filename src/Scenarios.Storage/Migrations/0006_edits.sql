-- What edits keep.

alter table scenario
    -- Waits whose settings a save changed while it kept the exit times of those inside: by element a list of {until, element},
    -- the wait as it stood for those who came before revision "until". Until a save recomputes them.
    add column kept_times json not null default '{}',
    -- Deleted elements with their settings, the latest first.
    add column bin        json not null default '[]';
