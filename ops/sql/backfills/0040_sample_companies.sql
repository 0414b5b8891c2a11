-- title: Two companies
-- why: one alone cannot show that companies do not see each other
-- as: vh_service
-- csv: seeds/sample_companies.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (id uuid)
where not exists (
    select
    from vh.companies as known
    where known.id = sample.id
);

-- drydock: change
insert into vh.companies (
    id,
    name,
    created_at
)
select
    sample.id,
    sample.name,
    sample.created_at
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    id uuid,
    name text,
    created_at timestamptz
)
where not exists (
    select
    from vh.companies as known
    where known.id = sample.id
);
