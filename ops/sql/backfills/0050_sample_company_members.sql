-- title: Their members
-- why: membership decides which rows a member sees
-- as: vh_service
-- csv: seeds/sample_company_members.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (company_id uuid, user_id uuid)
where not exists (
    select
    from vh.company_members as known
    where known.company_id = sample.company_id and known.user_id = sample.user_id
);

-- drydock: change
insert into vh.company_members (
    company_id,
    user_id,
    role,
    granted_at,
    granted_by
)
select
    sample.company_id,
    sample.user_id,
    sample.role,
    sample.granted_at,
    nullif(sample.granted_by, '')::uuid
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    company_id uuid,
    user_id uuid,
    role text,
    granted_at timestamptz,
    granted_by text
)
where not exists (
    select
    from vh.company_members as known
    where known.company_id = sample.company_id and known.user_id = sample.user_id
);
