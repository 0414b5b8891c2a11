-- title: One venture per company, not linked yet
-- why: hydration needs something to link
-- as: vh_service
-- csv: seeds/sample_ventures.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from vh.ventures as known
    where known.id = sample.id
);

-- drydock: change
insert into vh.ventures (
    id,
    company_id,
    name,
    description,
    status,
    current_stage,
    metadata,
    created_by,
    created_at,
    updated_at
)
select
    sample.id,
    sample.company_id,
    sample.name,
    sample.description,
    sample.status,
    sample.current_stage,
    sample.metadata::jsonb,
    sample.created_by,
    sample.created_at,
    sample.created_at -- nothing has changed it since
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    company_id uuid,
    name text,
    description text,
    status text,
    current_stage integer,
    metadata text,
    created_by uuid,
    created_at timestamptz
)
where not exists (
    select
    from vh.ventures as known
    where known.id = sample.id
);
