-- title: Projects and the directives they carry out
-- why: shows at a glance what hydration still has to link

create view views.vh_linkage_status
with (security_barrier) as
select
    project.id      as project_id,
    project.name    as project_name,
    project.eng_sd_id,
    directive.title as sd_title,
    count(task.id)  as task_count,
    count(task.id) filter (where task.status = 'completed') as completed_tasks
from vh.projects as project
left join eng.strategic_directives_v2 as directive
    on directive.id = project.eng_sd_id
left join vh.tasks as task
    on task.project_id = project.id
group by project.id, project.name, project.eng_sd_id, directive.title;

comment on view views.vh_linkage_status is 'One row per project.';
comment on column views.vh_linkage_status.project_id is 'The project.';
comment on column views.vh_linkage_status.project_name is 'Its name.';
comment on column views.vh_linkage_status.eng_sd_id is 'The link as stored in vh; null is not linked.';
comment on column views.vh_linkage_status.sd_title is
    'Title of the directive; null when it is gone, or not for this reader.';
comment on column views.vh_linkage_status.task_count is 'Tasks of the project.';
comment on column views.vh_linkage_status.completed_tasks is 'Of these, the completed ones.';
