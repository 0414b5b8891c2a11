-- title: Gates of ventures
-- why: the gate is that of the venture's backlog item; without one, what all items of its requirement agree on
-- links: vh.ventures.gate_status

select
    venture.id,
    trace.gate_status as link
from vh.ventures as venture
left join views.eng_trace as trace
    on trace.backlog_id = venture.backlog_id
where venture.gate_status is null
  and venture.backlog_id is not null

union all

select
    venture.id,
    trace.gate_status
from vh.ventures as venture
left join views.eng_trace as trace
    on trace.prd_id = venture.prd_id
where venture.gate_status is null
  and venture.backlog_id is null
  and venture.prd_id is not null;
