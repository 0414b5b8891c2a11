-- title: Projects by the key of their directive
-- why: a project that names its directive is taken at its word; a key that names none stays an open gap
-- links: vh.projects.eng_sd_id

select
    project.id,
    directive.sd_id as link
from vh.projects as project
left join views.eng_governance_summary as directive
    on directive.sd_key = project.metadata ->> 'sd_key'
where project.eng_sd_id is null
  and project.metadata ->> 'sd_key' <> '';
