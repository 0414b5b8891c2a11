-- title: One backlog item per sample requirement
-- why: the last step of the trace, and what tasks are linked to
-- as: eng_service
-- csv: seeds/sample_backlog_items.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from eng.backlog_items as known
    where known.id = sample.id
);

-- drydock: change
insert into eng.backlog_items (
    id,
    sd_id,
    prd_id,
    title,
    type,
    state,
    priority,
    qa_gate_min,
    gate_status,
    commit_sha,
    pr_url,
    created_at,
    updated_at
)
select
    sample.id,
    sample.sd_id,
    sample.prd_id,
    sample.title,
    sample.type,
    sample.state,
    sample.priority,
    sample.qa_gate_min,
    sample.gate_status,
    nullif(sample.commit_sha, ''),
    nullif(sample.pr_url, ''),
    sample.created_at,
    sample.created_at -- nothing has changed it since
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    sd_id uuid,
    prd_id uuid,
    title text,
    type text,
    state text,
    priority text,
    qa_gate_min numeric,
    gate_status text,
    commit_sha text,
    pr_url text,
    created_at timestamptz
)
where not exists (
    select
    from eng.backlog_items as known
    where known.id = sample.id
);
