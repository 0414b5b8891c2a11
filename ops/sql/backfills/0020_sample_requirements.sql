-- title: One requirement per sample directive
-- why: a directive without a requirement ends every trace at once
-- as: eng_service
-- csv: seeds/sample_requirements.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from eng.product_requirements_v2 as known
    where known.id = sample.id
);

-- drydock: change
insert into eng.product_requirements_v2 (
    id,
    sd_id,
    title,
    content,
    status,
    completeness_score,
    risk_rating,
    acceptance_criteria_json,
    created_at,
    updated_at
)
select
    sample.id,
    sample.sd_id,
    sample.title,
    sample.content,
    sample.status,
    sample.completeness_score,
    sample.risk_rating,
    sample.acceptance_criteria_json::jsonb,
    sample.created_at,
    sample.created_at -- nothing has changed it since
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    sd_id uuid,
    title text,
    content text,
    status text,
    completeness_score numeric,
    risk_rating text,
    acceptance_criteria_json text,
    created_at timestamptz
)
where not exists (
    select
    from eng.product_requirements_v2 as known
    where known.id = sample.id
);
