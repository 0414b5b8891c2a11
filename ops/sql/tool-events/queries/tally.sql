-- title: Roll-ups of [since, until), added up
-- why: days that are kept are read as days, and only what is left of the window hour by hour
with kept as materialized (
    select whole.day
    from generate_series(
        date_bin('24 hours', $1::timestamptz - interval '1 microsecond', 'epoch') + interval '24 hours',
        $2::timestamptz - interval '24 hours',
        interval '24 hours'
    ) as whole (day)
    where exists (select from drydock.tool_event_day as daily where daily.day = whole.day)
),
single as (
    select $1::timestamptz + n * interval '1 hour' as hour
    from generate_series(0, (extract(epoch from $2::timestamptz - $1::timestamptz) / 3600)::integer - 1) as n
),
rolled as (
    select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
    from drydock.tool_event_day
    where day = any (array(select kept.day from kept))

    union all

    select hourly.*
    from single
    -- offset 0: each hour by the index; joined, every hour that there is would be scanned
    cross join lateral (
        select dimension, key, tool, status, calls, duration_ms, in_size, out_size, largest_out
        from drydock.tool_event_hour
        where hour = single.hour
        offset 0
    ) as hourly
    where date_bin('24 hours', single.hour, 'epoch') not in (select kept.day from kept)
)
select
    null as hour, dimension, key, tool, status,
    sum(calls)::bigint as calls,
    sum(duration_ms)::bigint as duration_ms,
    sum(in_size)::bigint as in_size,
    sum(out_size)::bigint as out_size,
    max(largest_out) as largest_out
from rolled
group by dimension, key, tool, status
