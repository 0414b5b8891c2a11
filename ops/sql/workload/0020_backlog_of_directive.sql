-- title: The open backlog of one directive
-- why: the service's board, read whenever somebody looks at it
-- as: eng_service

-- drydock: parameters
select id from eng.strategic_directives_v2 order by id limit 100;

-- drydock: query
select item.id, item.title, item.priority, item.state
from eng.backlog_items as item
where item.sd_id = $1 and item.state <> 'done'
order by item.priority, item.title
limit 50;
