-- title: Governance at a glance
-- why: the first thing that anybody outside eng asks

create view views.eng_governance_summary
with (security_barrier) as
select
    directive.id          as sd_id,
    directive.sd_key,
    directive.title       as sd_title,
    directive.status      as sd_status,
    directive.priority    as sd_priority,
    directive.approved_at as sd_approved_at,
    requirement.id        as prd_id,
    requirement.title     as prd_title,
    requirement.status    as prd_status,
    (
        select count(*)
        from eng.backlog_items as item
        where item.prd_id = requirement.id
    )                     as backlog_count
from eng.strategic_directives_v2 as directive
left join eng.product_requirements_v2 as requirement
    on requirement.sd_id = directive.id;

comment on view views.eng_governance_summary is
    'One row per directive and requirement; a directive without requirements has one row.';
comment on column views.eng_governance_summary.sd_id is 'The directive.';
comment on column views.eng_governance_summary.sd_key is 'Its public name.';
comment on column views.eng_governance_summary.sd_title is 'Its title.';
comment on column views.eng_governance_summary.sd_status is 'Its status.';
comment on column views.eng_governance_summary.sd_priority is 'Its priority; higher is sooner.';
comment on column views.eng_governance_summary.sd_approved_at is
    'When it was approved; null is seen by linking roles only.';
comment on column views.eng_governance_summary.prd_id is 'The requirement, if there is one.';
comment on column views.eng_governance_summary.prd_title is 'Its title.';
comment on column views.eng_governance_summary.prd_status is 'Its status.';
comment on column views.eng_governance_summary.backlog_count is 'Backlog items of the requirement.';
