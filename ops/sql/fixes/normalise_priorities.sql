-- title: Priorities in other words become P0 to P3
-- why: trackers say critical, High or p1; what none of them says is the last
-- as: eng_service
-- check: backlog_integrity

-- drydock: review
select
    item.id,
    item.title,
    item.priority as before,
    case lower(btrim(item.priority))
        when 'p0' then 'P0' when 'critical' then 'P0'
        when 'p1' then 'P1' when 'high' then 'P1'
        when 'p2' then 'P2' when 'medium' then 'P2'
        else 'P3'
    end as after
from eng.backlog_items as item
where (item.priority in ('P0', 'P1', 'P2', 'P3')) is not true
order by item.title, item.id;

-- drydock: change
update eng.backlog_items as item
set priority = case lower(btrim(item.priority))
    when 'p0' then 'P0' when 'critical' then 'P0'
    when 'p1' then 'P1' when 'high' then 'P1'
    when 'p2' then 'P2' when 'medium' then 'P2'
    else 'P3'
end
where (item.priority in ('P0', 'P1', 'P2', 'P3')) is not true;
