-- title: Requirements as vh takes them in
-- why: a versioned payload lets eng change its tables without asking vh

create view views.eng_prd_payload_v1
with (security_barrier) as
select
    requirement.id as prd_id,
    requirement.sd_id,
    directive.priority,
    requirement.acceptance_criteria_json
from eng.product_requirements_v2 as requirement
join eng.strategic_directives_v2 as directive
    on directive.id = requirement.sd_id;

comment on view views.eng_prd_payload_v1 is
    'One row per requirement. Version 1: columns are never removed or retyped; that would be version 2.';
comment on column views.eng_prd_payload_v1.prd_id is 'The requirement.';
comment on column views.eng_prd_payload_v1.sd_id is 'Its directive.';
comment on column views.eng_prd_payload_v1.priority is 'Priority of the directive; higher is sooner.';
comment on column views.eng_prd_payload_v1.acceptance_criteria_json is 'List of what must hold for it to count as met.';
