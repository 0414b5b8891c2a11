-- title: Who collected the events of [since, until) that were stored, by the ledger
-- why: what a directory could keep in memory only is entered under its name and .memory; it is no other service
select regexp_replace(source, '\.memory$', '') as name, sum(stored)::bigint as events
from audit.tool_event_ledger
where minute >= $1 and minute < $2
group by name
order by name
