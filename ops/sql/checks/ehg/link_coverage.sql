-- title: Every link is filled
-- why: hydration that links nothing ends without an error; the gaps are its only trace
-- remedy: Look at the open gaps that hydration reports; give the row a key that names its target.
-- severity: error
-- needs: links
-- as: vh_service

with link (object, owner_name, open) as (
    select 'vh.projects.eng_sd_id', project.name, project.eng_sd_id is null
    from vh.projects as project

    union all

    select 'vh.tasks.eng_backlog_id', task.title, task.eng_backlog_id is null
    from vh.tasks as task

    union all

    select field.object, venture.name, field.open
    from vh.ventures as venture
    cross join lateral (
        values
            ('vh.ventures.sd_id', venture.sd_id is null),
            ('vh.ventures.prd_id', venture.prd_id is null),
            ('vh.ventures.backlog_id', venture.backlog_id is null),
            ('vh.ventures.gate_status', venture.gate_status is null)
    ) as field (object, open)
)
select
    link.object,
    count(*)                          as examined,
    count(*) filter (where link.open) as violations,
    array_to_string((array_agg(link.owner_name order by link.owner_name) filter (where link.open))[1:5], ', ') as detail
from link
group by link.object;
