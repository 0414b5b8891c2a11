-- title: Stages of a venture
-- why: a stage is done when its QA score reaches the gate that governance asks for

create table vh.stage_states (
    id         uuid        primary key default gen_random_uuid(),
    venture_id uuid        not null references vh.ventures (id) on delete cascade,
    stage      text        not null,
    qa_score   numeric,
    created_at timestamptz not null default now(),

    constraint one_state_per_stage unique (venture_id, stage),
    constraint stage_is_numbered check (stage ~ '^stage_\d{2}$'),
    constraint qa_score_is_0_to_100 check (qa_score between 0 and 100)
);

comment on table vh.stage_states is 'Stages that a venture has reached, with their QA scores.';
comment on column vh.stage_states.id is 'Identity.';
comment on column vh.stage_states.venture_id is 'The venture.';
comment on column vh.stage_states.stage is 'stage_01, stage_02, ...';
comment on column vh.stage_states.qa_score is '0 to 100; null is not measured yet.';
comment on column vh.stage_states.created_at is 'When the stage was entered.';
