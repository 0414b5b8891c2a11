-- title: The backlog and how ready it is
-- why: vh plans with readiness; how eng counts it is eng's rule

create view views.eng_backlog_rollup
with (security_barrier) as
select
    item.sd_id,
    item.id as item_id,
    item.title,
    item.type,
    item.qa_gate_min,
    case item.state
        when 'done' then 100
        when 'doing' then 50
        when 'blocked' then 10
        else 0
    end     as readiness_score
from eng.backlog_items as item;

comment on view views.eng_backlog_rollup is 'One row per backlog item.';
comment on column views.eng_backlog_rollup.sd_id is 'The directive.';
comment on column views.eng_backlog_rollup.item_id is 'The backlog item.';
comment on column views.eng_backlog_rollup.title is 'Its title, by which tasks are linked to it.';
comment on column views.eng_backlog_rollup.type is 'feature, bug, chore or doc.';
comment on column views.eng_backlog_rollup.qa_gate_min is 'QA score that a stage must reach; null is no gate set.';
comment on column views.eng_backlog_rollup.readiness_score is 'Done 100, doing 50, blocked 10, todo 0.';
