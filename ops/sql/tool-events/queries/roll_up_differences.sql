-- title: Hours of [since, until) whose roll-up is not what the events say
-- why: roll-ups are kept, and what is kept can go wrong; an hour that has a mark is not wrong but waits for its refresh
with counted as (
    select * from drydock.tool_event_tally($1, $2)
),
kept as (
    select * from drydock.tool_event_hour where hour >= $1 and hour < $2
),
differing as (
    (select * from counted except select * from kept)
    union all
    (select * from kept except select * from counted)
)
select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"') as hour, count(*) as differences
from differing
where hour not in (select mark.hour from drydock.tool_event_changed_hour as mark)
group by hour
order by hour
