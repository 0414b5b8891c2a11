-- title: Who collected the events of [since, until) that were stored, by the ledger
select source as name, sum(stored)::bigint as events
from audit.tool_event_ledger
where minute >= $1 and minute < $2
group by source
order by source
