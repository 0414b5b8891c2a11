-- title: Projects by the directive of their venture
-- why: a project that names no directive carries out its venture's
-- links: vh.projects.eng_sd_id

select
    project.id,
    directive.sd_id as link
from vh.projects as project
join vh.ventures as venture
    on venture.id = project.venture_id
left join views.eng_governance_summary as directive
    on directive.sd_id = venture.sd_id
where project.eng_sd_id is null
  and coalesce(project.metadata ->> 'sd_key', '') = '';
