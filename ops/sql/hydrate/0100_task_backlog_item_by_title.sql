-- title: Tasks by the title of their backlog item
-- why: a task begins with the title of the item it works on, within the directive of its project;
--   two items that fit leave it unlinked
-- links: vh.tasks.eng_backlog_id

select
    task.id,
    item.item_id as link
from vh.tasks as task
join vh.projects as project
    on project.id = task.project_id
left join views.eng_backlog_rollup as item
    on item.sd_id = project.eng_sd_id
   and starts_with(lower(task.title), lower(item.title))
where task.eng_backlog_id is null;
