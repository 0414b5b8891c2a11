-- title: Every soft link has its target
-- why: no foreign key crosses the boundary, so nothing else notices when a target goes
-- remedy: Clear the link and hydrate again, or bring the target back.
-- severity: error
-- needs: links
-- as: codex_staging

with link (object, owner_id, broken) as (
    select
        'vh.projects.eng_sd_id',
        project.id,
        not exists (select from eng.strategic_directives_v2 as directive where directive.id = project.eng_sd_id)
    from vh.projects as project
    where project.eng_sd_id is not null

    union all

    select
        'vh.tasks.eng_backlog_id',
        task.id,
        not exists (select from eng.backlog_items as item where item.id = task.eng_backlog_id)
    from vh.tasks as task
    where task.eng_backlog_id is not null

    union all

    select
        'vh.ventures.sd_id',
        venture.id,
        not exists (select from eng.strategic_directives_v2 as directive where directive.id = venture.sd_id)
    from vh.ventures as venture
    where venture.sd_id is not null

    union all

    select
        'vh.ventures.prd_id',
        venture.id,
        not exists (select from eng.product_requirements_v2 as requirement where requirement.id = venture.prd_id)
    from vh.ventures as venture
    where venture.prd_id is not null

    union all

    select
        'vh.ventures.backlog_id',
        venture.id,
        not exists (select from eng.backlog_items as item where item.id = venture.backlog_id)
    from vh.ventures as venture
    where venture.backlog_id is not null
)
select
    link.object,
    count(*)                            as examined,
    count(*) filter (where link.broken) as violations,
    array_to_string((array_agg(link.owner_id order by link.owner_id) filter (where link.broken))[1:5], ', ') as detail
from link
group by link.object;
