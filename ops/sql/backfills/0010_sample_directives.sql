-- title: Four strategic directives to rehearse with
-- why: checks, hydration and ingest prove nothing on empty tables
-- as: eng_service
-- csv: seeds/sample_directives.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from eng.strategic_directives_v2 as known
    where known.id = sample.id
);

-- drydock: change
insert into eng.strategic_directives_v2 (
    id,
    title,
    description,
    status,
    priority,
    approved_at,
    created_at,
    updated_at
)
select
    sample.id,
    sample.title,
    sample.description,
    sample.status,
    sample.priority,
    nullif(sample.approved_at, '')::timestamptz,
    sample.created_at,
    sample.created_at -- nothing has changed it since
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    title text,
    description text,
    status text,
    priority integer,
    approved_at text,
    created_at timestamptz
)
where not exists (
    select
    from eng.strategic_directives_v2 as known
    where known.id = sample.id
);
