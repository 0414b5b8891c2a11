-- title: Link tasks to their backlog items
-- why: tasks that came after the last hydration are linked by the same rule
-- kind: link
-- counts: tasks
-- links: vh.tasks.eng_backlog_id

select -- every task once, so that the rows returned are the tasks considered
    task.id,
    case when match.items = 1 then match.item_id end as link
from vh.tasks as task
join vh.projects as project
    on project.id = task.project_id
cross join lateral (
    select
        count(*)                          as items,
        (array_agg(item.item_id))[1]      as item_id
    from views.eng_backlog_rollup as item
    where item.sd_id = project.eng_sd_id
      and starts_with(lower(task.title), lower(item.title))
) as match;
