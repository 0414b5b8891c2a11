-- title: Roll-ups of [since, until), added up: $3 the dimensions, $4 the tools that they are told apart by, null for every one
-- why: spans that are kept are read as such, the longest first, and only what is left of the window hour by hour
with kept as materialized (
    select length.hours, span.begins
    from (values (24), (6)) as length (hours)
    cross join generate_series(
        date_bin(make_interval(hours => length.hours), $1::timestamptz - interval '1 microsecond', 'epoch') + make_interval(hours => length.hours),
        $2::timestamptz - make_interval(hours => length.hours),
        make_interval(hours => length.hours)
    ) as span (begins)
    -- limit: by the index; joined, every span that there is would be scanned
    cross join lateral (
        select from drydock.tool_event_span as present
        where present.begins = span.begins and present.hours = length.hours
        limit 1
    ) as present
),
span as materialized (
    select kept.hours, kept.begins
    from kept
    where kept.hours = 24 or date_bin('24 hours', kept.begins, 'epoch') not in (select day.begins from kept as day where day.hours = 24)
),
single as (
    select $1::timestamptz + n * interval '1 hour' as hour
    from generate_series(0, (extract(epoch from $2::timestamptz - $1::timestamptz) / 3600)::integer - 1) as n
),
rolled as (
    select part.*
    from span
    cross join lateral (
        select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
        from drydock.tool_event_span
        where begins = span.begins and hours = span.hours and dimension = any ($3::text[])
        offset 0
    ) as part

    union all

    select part.*
    from single
    cross join lateral (
        select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
        from drydock.tool_event_hour
        where hour = single.hour and dimension = any ($3::text[])
        offset 0
    ) as part
    where date_bin('24 hours', single.hour, 'epoch') not in (select day.begins from span as day where day.hours = 24)
        and date_bin('6 hours', single.hour, 'epoch') not in (select six.begins from span as six where six.hours = 6)
)
select
    null as hour,
    dimension,
    key,
    case when $4::text[] is null or tool = any ($4) or dimension = 'tool' then tool end as tool,
    status,
    sum(calls)::bigint as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(largest_out) as largest_out
from rolled
group by 2, 3, 4, 5
