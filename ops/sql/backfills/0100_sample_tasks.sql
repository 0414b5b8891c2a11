-- title: Two tasks per project, not linked yet
-- why: hydration needs something to link
-- as: vh_service
-- csv: seeds/sample_tasks.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from vh.tasks as known
    where known.id = sample.id
);

-- drydock: change
insert into vh.tasks (
    id,
    project_id,
    title,
    status,
    created_at
)
select
    sample.id,
    sample.project_id,
    sample.title,
    sample.status,
    sample.created_at
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    project_id uuid,
    title text,
    status text,
    created_at timestamptz
)
where not exists (
    select
    from vh.tasks as known
    where known.id = sample.id
);
