-- title: Three projects, not linked yet
-- why: hydration needs something to link
-- as: vh_service
-- csv: seeds/sample_projects.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from vh.projects as known
    where known.id = sample.id
);

-- drydock: change
insert into vh.projects (
    id,
    venture_id,
    name,
    status,
    metadata,
    created_at
)
select
    sample.id,
    nullif(sample.venture_id, '')::uuid,
    sample.name,
    sample.status,
    sample.metadata::jsonb,
    sample.created_at
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    venture_id text,
    name text,
    status text,
    metadata text,
    created_at timestamptz
)
where not exists (
    select
    from vh.projects as known
    where known.id = sample.id
);
