-- since 0010
-- Who a profile that a match is about to create will be. Callers that look for the same unknown address at the same instant all get
-- the id that the first of them claimed, so they meet in one slice and create one profile. The claim is only that: a profile is found by
-- its own address first, and a claim whose profile has another address by now is replaced. The address itself is not kept here.

-- The same text for every way to write the same address or value.
create function identity_of(kind int, field text, value text) returns bytea language sql immutable parallel safe as $$
    select sha256(convert_to(
        case kind
            when 0 then 'email:' || lower(value)
            when 1 then 'phone:' || value
            else 'field:' || field || ':' ||
                case when jsonb_typeof(value::jsonb) = 'number' then trim_scale((value::jsonb)::numeric)::text else (value::jsonb)::text end
        end, 'UTF8'))
$$;

create table profile_claim (
    tenant_id  int         not null,
    database   int         not null,
    identity   bytea       not null,
    profile_id text        collate "C" not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (tenant_id, database, identity)
);
create index on profile_claim (tenant_id, database, profile_id);
create index on profile_claim (at);
