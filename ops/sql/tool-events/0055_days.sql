-- title: Daily roll-ups, and making both kinds anew
-- why: a day of ten million events by thousands of users has hundreds of thousands of hourly rows, and weeks are read day by day

create table drydock.tool_event_day (
    day         timestamptz not null,
    dimension   text        not null check (dimension in ('tool', 'agent', 'user', 'workspace')),
    key         text        not null,
    tool        text        not null,
    status      text        not null,
    calls       bigint      not null,
    duration_ms bigint      not null,
    in_size     bigint      not null,
    out_size    bigint      not null,
    largest_out integer     not null,
    primary key (day, dimension, key, tool, status)
);
comment on table drydock.tool_event_day is 'Calls per day that is over, added up from drydock.tool_event_hour. A day that has no rows here is read from its hours.';
comment on column drydock.tool_event_day.day is 'UTC midnight that it begins at.';
comment on column drydock.tool_event_day.dimension is 'What key names: tool, agent, user or workspace. Every event counts once in each.';
comment on column drydock.tool_event_day.key is 'The tool, agent, user or workspace.';
comment on column drydock.tool_event_day.tool is 'Tool called.';
comment on column drydock.tool_event_day.status is 'How the calls ended.';
comment on column drydock.tool_event_day.calls is 'How many.';
comment on column drydock.tool_event_day.duration_ms is 'Sum of their milliseconds.';
comment on column drydock.tool_event_day.in_size is 'Sum of input bytes.';
comment on column drydock.tool_event_day.out_size is 'Sum of output bytes.';
comment on column drydock.tool_event_day.largest_out is 'Largest output in bytes.';
alter table drydock.tool_event_day owner to tool_event_owner;
grant select on drydock.tool_event_day to tool_event_reader;

-- anomalies are looked for among tools only, a small part of the hours' rows
create index tool_event_hour_of_tools on drydock.tool_event_hour (hour) where dimension = 'tool';

create function drydock.refresh_tool_event_hours() returns integer
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
set work_mem = '64MB'
as $$
declare
    today       constant timestamptz := pg_catalog.date_trunc('day', now());
    stale_hours timestamptz[];
    stale_days  timestamptz[];
    stale       timestamptz;
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('drydock.tool_event_hour'));
    -- A mark commits together with its events: whoever sees the mark counts the events. What commits later keeps its mark.
    with seen as (delete from drydock.tool_event_changed_hour returning hour)
    select coalesce(array_agg(distinct hour), '{}') into stale_hours from seen;
    foreach stale in array stale_hours loop
        delete from drydock.tool_event_hour where hour = stale;
        insert into drydock.tool_event_hour select * from drydock.tool_event_tally(stale, stale + interval '1 hour');
    end loop;

    select array_agg(distinct pg_catalog.date_trunc('day', hour)) into stale_days from unnest(stale_hours) as hour;
    delete from drydock.tool_event_day where day = any (stale_days);
    -- yesterday too: when its last mark was seen, it may not have been over
    for stale in
        select day from unnest(stale_days || (today - interval '1 day')) as wanted (day)
        where day < today and not exists (select from drydock.tool_event_day as kept where kept.day = wanted.day)
        group by day
    loop
        insert into drydock.tool_event_day
        select
            stale, dimension, key, tool, status,
            sum(calls), sum(duration_ms), sum(in_size), sum(out_size), max(largest_out)
        from drydock.tool_event_hour
        where hour >= stale and hour < stale + interval '1 day'
        group by dimension, key, tool, status;
    end loop;
    return cardinality(stale_hours);
end;
$$;
comment on function drydock.refresh_tool_event_hours() is 'Makes the roll-ups of all changed hours anew, and of the days they belong to that are over; says how many hours.';
alter function drydock.refresh_tool_event_hours() owner to tool_event_owner;
revoke all on function drydock.refresh_tool_event_hours() from public;
grant execute on function drydock.refresh_tool_event_hours() to tool_event_reader;
