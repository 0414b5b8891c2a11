-- title: Logins of a sample member
-- why: a check looks as vh_member, to which nobody can log in; vh_member_probe is for a login that a test makes.
--   Only the owner may write this table, so this backfill alone runs as the owner
-- as: vh_owner
-- csv: seeds/sample_member_logins.csv

-- drydock: todo
select count(*)
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (login name)
where not exists (
    select
    from vh.member_logins as known
    where known.login = sample.login
);

-- drydock: change
insert into vh.member_logins (
    login,
    user_id
)
select
    sample.login,
    sample.user_id
from pg_catalog.jsonb_to_recordset(:'csv'::jsonb) as sample (
    login name,
    user_id uuid
)
where not exists (
    select
    from vh.member_logins as known
    where known.login = sample.login
);
