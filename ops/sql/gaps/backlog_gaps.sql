-- title: Backlog items that are orphans, or not triaged
-- why: what check/orphaned_items and check/backlog_integrity count, by name
-- as: eng_service

select
    item.id as backlog_id,
    item.title,
    item.prd_id is null as orphan,
    (item.type in ('feature', 'bug', 'chore', 'doc')) is not true as bad_type,
    (item.priority in ('P0', 'P1', 'P2', 'P3')) is not true as bad_priority,
    (item.qa_gate_min between 0 and 100) is not true as bad_gate
from eng.backlog_items as item
where item.prd_id is null
   or (item.type in ('feature', 'bug', 'chore', 'doc')) is not true
   or (item.priority in ('P0', 'P1', 'P2', 'P3')) is not true
   or (item.qa_gate_min between 0 and 100) is not true
order by item.title, item.id;
