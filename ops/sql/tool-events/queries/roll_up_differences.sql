-- title: Hours of [since, until) whose roll-up, or the first hours of days whose roll-up, is not what the events say
-- why: roll-ups are kept, and what is kept can go wrong; an hour that has a mark is not wrong but waits for its refresh
with counted as materialized (
    select * from drydock.tool_event_tally($1, $2)
),
kept as (
    select * from drydock.tool_event_hour where hour >= $1 and hour < $2
),
kept_days as (
    select * from drydock.tool_event_day where day >= $1 and day <= $2::timestamptz - interval '24 hours'
),
counted_days as (
    select
        date_bin('24 hours', hour, 'epoch') as day, dimension, key, tool, status,
        sum(calls)::bigint, sum(duration_ms)::bigint, sum(in_size)::bigint, sum(out_size)::bigint, max(largest_out)
    from counted
    where date_bin('24 hours', hour, 'epoch') in (select day from kept_days)
    group by 1, 2, 3, 4, 5
),
differing as (
    (select * from counted except select * from kept)
    union all
    (select * from kept except select * from counted)
    union all
    (select * from counted_days except select * from kept_days)
    union all
    (select * from kept_days except select * from counted_days)
),
marked as (
    select hour from drydock.tool_event_changed_hour
    union
    select date_bin('24 hours', hour, 'epoch') from drydock.tool_event_changed_hour
)
select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour, count(*) as differences
from differing
where hour not in (select marked.hour from marked)
group by hour
order by hour
