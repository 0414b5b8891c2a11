-- title: Every backlog item is triaged
-- why: an item without type, priority or gate cannot be planned
-- remedy: Set type (feature, bug, chore, doc), priority (P0 to P3) and qa_gate_min (0 to 100).
-- severity: error
-- as: eng_service

select
    rule.object,
    count(*)                            as examined,
    count(*) filter (where rule.broken) as violations,
    array_to_string((array_agg(item.title order by item.title) filter (where rule.broken))[1:5], ', ') as detail
from eng.backlog_items as item
cross join lateral (
    -- a null must be broken too, hence "is not true"
    values
        ('backlog items of a known type', (item.type in ('feature', 'bug', 'chore', 'doc')) is not true),
        ('backlog items with a priority from P0 to P3', (item.priority in ('P0', 'P1', 'P2', 'P3')) is not true),
        ('backlog items with a gate from 0 to 100', (item.qa_gate_min between 0 and 100) is not true)
) as rule (object, broken)
group by rule.object;
