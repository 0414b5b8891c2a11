-- title: Stages of the sample ventures
-- why: one reaches its gate exactly, one exceeds it, one misses it
-- as: vh_service
-- csv: seeds/sample_stage_states.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from vh.stage_states as known
    where known.id = sample.id
);

-- drydock: change
insert into vh.stage_states (
    id,
    venture_id,
    stage,
    qa_score,
    created_at
)
select
    sample.id,
    sample.venture_id,
    sample.stage,
    sample.qa_score,
    sample.created_at
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    venture_id uuid,
    stage text,
    qa_score numeric,
    created_at timestamptz
)
where not exists (
    select
    from vh.stage_states as known
    where known.id = sample.id
);
