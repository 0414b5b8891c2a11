-- title: Link projects to their directives
-- why: projects that came after the last hydration are linked by the same two rules, named key first
-- kind: link
-- counts: projects
-- links: vh.projects.eng_sd_id

with directive as (
    select distinct
        summary.sd_id,
        summary.sd_key
    from views.eng_governance_summary as summary
)
select -- every project once, so that the rows returned are the projects considered
    project.id,
    case
        when project.metadata ->> 'sd_key' <> '' then named.sd_id
        else inherited.sd_id
    end as link
from vh.projects as project
left join directive as named
    on named.sd_key = project.metadata ->> 'sd_key'
left join vh.ventures as venture
    on venture.id = project.venture_id
left join directive as inherited
    on inherited.sd_id = venture.sd_id;
