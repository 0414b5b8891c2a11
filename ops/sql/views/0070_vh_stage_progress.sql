-- title: Stages against their gates
-- why: a stage is done when its score reaches the highest gate of the directive's backlog

create view views.vh_stage_progress
with (security_barrier) as
select
    venture.id                                          as venture_id,
    venture.name                                        as venture_name,
    state.stage,
    state.qa_score,
    gate.qa_gate_min,
    coalesce(state.qa_score >= gate.qa_gate_min, false) as gate_met
from vh.ventures as venture
join vh.stage_states as state
    on state.venture_id = venture.id
left join eng.strategic_directives_v2 as directive
    on directive.id = venture.sd_id
cross join lateral (
    select
        case
            -- linked to what the reader does not see, or what is gone: the gate is unknown, not absent
            when venture.sd_id is not null and directive.id is null then null
            else coalesce(max(item.qa_gate_min), 0)
        end as qa_gate_min
    from eng.backlog_items as item
    where item.sd_id = venture.sd_id
) as gate;

comment on view views.vh_stage_progress is 'One row per venture and stage.';
comment on column views.vh_stage_progress.venture_id is 'The venture.';
comment on column views.vh_stage_progress.venture_name is 'Its name.';
comment on column views.vh_stage_progress.stage is 'stage_01, stage_02, ...';
comment on column views.vh_stage_progress.qa_score is 'Measured QA score; null is not measured yet.';
comment on column views.vh_stage_progress.qa_gate_min is
    'Highest gate of the linked directive''s backlog; 0 without one; null when the directive is gone, or not for this reader.';
comment on column views.vh_stage_progress.gate_met is
    'Whether the score reaches the gate; never without a score, nor with an unknown gate.';
