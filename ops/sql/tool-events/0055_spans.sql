-- title: Roll-ups of six and of twenty-four hours, and making all kinds anew
-- why: a day of ten million events by thousands of users has hundreds of thousands of hourly rows, and any window of a day holds three spans of six

create table drydock.tool_event_span (
    begins      timestamptz not null,
    hours       integer     not null check (hours in (6, 24)),
    dimension   text        not null check (dimension in ('tool', 'agent', 'user', 'workspace')),
    key         text        not null,
    tool        text        not null,
    status      text        not null,
    calls       bigint      not null,
    duration_ms bigint      not null,
    in_size     bigint      not null,
    out_size    bigint      not null,
    largest_out integer     not null,
    primary key (begins, hours, dimension, key, tool, status)
);
comment on table drydock.tool_event_span is 'Calls per span that is over, added up from smaller ones. A span that has no rows here is read from its hours.';
comment on column drydock.tool_event_span.begins is 'UTC midnight, or 6, 12 or 18 o''clock.';
comment on column drydock.tool_event_span.hours is 'How long it is: 6 or 24.';
comment on column drydock.tool_event_span.dimension is 'What key names: tool, agent, user or workspace. Every event counts once in each.';
comment on column drydock.tool_event_span.key is 'The tool, agent, user or workspace.';
comment on column drydock.tool_event_span.tool is 'Tool called.';
comment on column drydock.tool_event_span.status is 'How the calls ended.';
comment on column drydock.tool_event_span.calls is 'How many.';
comment on column drydock.tool_event_span.duration_ms is 'Sum of their milliseconds.';
comment on column drydock.tool_event_span.in_size is 'Sum of input bytes.';
comment on column drydock.tool_event_span.out_size is 'Sum of output bytes.';
comment on column drydock.tool_event_span.largest_out is 'Largest output in bytes.';
alter table drydock.tool_event_span owner to tool_event_owner;
grant select on drydock.tool_event_span to tool_event_reader;

-- anomalies are looked for among tools only, a small part of the hours' rows
create index tool_event_hour_of_tools on drydock.tool_event_hour (hour) where dimension = 'tool';

create function drydock.make_tool_event_span(first_hour timestamptz, length integer) returns void
language sql
set search_path = ''
begin atomic
    insert into drydock.tool_event_span
    select
        first_hour, length, part.dimension, part.key, part.tool, part.status,
        sum(part.calls), sum(part.duration_ms), sum(part.in_size), sum(part.out_size), max(part.largest_out)
    from (
        select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
        from drydock.tool_event_hour
        where length = 6 and hour >= first_hour and hour < first_hour + interval '6 hours'
        union all
        select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
        from drydock.tool_event_span
        where length = 24 and hours = 6 and begins >= first_hour and begins < first_hour + interval '24 hours'
    ) as part
    group by part.dimension, part.key, part.tool, part.status;
end;
comment on function drydock.make_tool_event_span(timestamptz, integer) is 'Adds up the six hours of a span, or the four spans of a day.';
alter function drydock.make_tool_event_span(timestamptz, integer) owner to tool_event_owner;
revoke all on function drydock.make_tool_event_span(timestamptz, integer) from public;

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
    stale       record;
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('drydock.tool_event_hour'));
    -- A mark commits together with its events: whoever sees the mark counts the events. What commits later keeps its mark.
    with seen as (delete from drydock.tool_event_changed_hour returning hour)
    select coalesce(array_agg(distinct hour), '{}') into stale_hours from seen;
    for stale in select hour from unnest(stale_hours) as hour loop
        delete from drydock.tool_event_hour where hour = stale.hour;
        insert into drydock.tool_event_hour select * from drydock.tool_event_tally(stale.hour, stale.hour + interval '1 hour');
    end loop;

    delete from drydock.tool_event_span as kept
    using unnest(stale_hours) as late (hour)
    where kept.begins = pg_catalog.date_bin(make_interval(hours => kept.hours), late.hour, 'epoch');
    -- today and yesterday too: when the last mark of a span was seen, it may not have been over; spans of six come first, days are made of them
    select array_agg(distinct pg_catalog.date_trunc('day', hour)) into stale_days from unnest(stale_hours) as hour;
    for stale in
        select span.begins, size.hours
        from unnest(stale_days || today || (today - interval '1 day')) as wanted (day)
        cross join (values (6), (24)) as size (hours)
        cross join generate_series(wanted.day, wanted.day + interval '23 hours', make_interval(hours => size.hours)) as span (begins)
        where span.begins + make_interval(hours => size.hours) <= now()
            and not exists (
                select from drydock.tool_event_span as kept where kept.begins = span.begins and kept.hours = size.hours
            )
        group by size.hours, span.begins
        order by size.hours, span.begins
    loop
        perform drydock.make_tool_event_span(stale.begins, stale.hours);
    end loop;
    return cardinality(stale_hours);
end;
$$;
comment on function drydock.refresh_tool_event_hours() is 'Makes the roll-ups of all changed hours anew, and of the spans they belong to that are over; says how many hours.';
alter function drydock.refresh_tool_event_hours() owner to tool_event_owner;
revoke all on function drydock.refresh_tool_event_hours() from public;
grant execute on function drydock.refresh_tool_event_hours() to tool_event_reader;
