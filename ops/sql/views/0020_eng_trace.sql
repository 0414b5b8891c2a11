-- title: From directive to commit
-- why: traceability is one row that has no gaps

create view views.eng_trace
with (security_barrier) as
select
    directive.id                                     as sd_id,
    requirement.id                                   as prd_id,
    item.id                                          as backlog_id,
    coalesce(item.commit_sha, requirement.commit_sha) as commit_sha,
    coalesce(item.pr_url, requirement.pr_url)        as pr_url,
    item.gate_status
from eng.strategic_directives_v2 as directive
left join eng.product_requirements_v2 as requirement
    on requirement.sd_id = directive.id
left join eng.backlog_items as item
    on item.prd_id = requirement.id;

comment on view views.eng_trace is
    'One row per directive, requirement and backlog item; a null is where the trace ends.';
comment on column views.eng_trace.sd_id is 'The directive.';
comment on column views.eng_trace.prd_id is 'Its requirement.';
comment on column views.eng_trace.backlog_id is 'The requirement''s backlog item.';
comment on column views.eng_trace.commit_sha is 'Commit of the item, else of the requirement.';
comment on column views.eng_trace.pr_url is 'Pull request of the item, else of the requirement.';
comment on column views.eng_trace.gate_status is 'Gate of the item: pending, passed or failed.';
