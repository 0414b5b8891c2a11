-- title: Hours of [since, until) whose roll-up, or the first hours of spans whose roll-up, is not what the events say
-- why: roll-ups are kept, and what is kept can go wrong; an hour that has a mark is not wrong but waits for its refresh
with counted as materialized (
    select * from drydock.tool_event_tally($1, $2)
),
kept as (
    select * from drydock.tool_event_hour where hour >= $1 and hour < $2
),
kept_spans as (
    select * from drydock.tool_event_span where begins >= $1 and begins <= $2::timestamptz - make_interval(hours => hours)
),
counted_spans as (
    select
        span.begins, span.hours, dimension, key, tool, status,
        sum(calls)::bigint, sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint, max(largest_out)
    from counted
    join (select distinct begins, hours from kept_spans) as span
        on span.begins = date_bin(make_interval(hours => span.hours), counted.hour, 'epoch')
    group by 1, 2, 3, 4, 5, 6
),
differing_spans as (
    (select * from counted_spans except select * from kept_spans)
    union all
    (select * from kept_spans except select * from counted_spans)
),
differing as (
    select hour, 1 as hours
    from ((select * from counted except select * from kept) union all (select * from kept except select * from counted)) as rolled
    union all
    select begins, hours from differing_spans
)
select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour, count(*) as differences
from differing
where not exists (
    select
    from drydock.tool_event_changed_hour as mark
    where date_bin(make_interval(hours => differing.hours), mark.hour, 'epoch') = differing.hour
)
group by hour
order by hour
