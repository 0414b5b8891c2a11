-- title: The policies of a relation that reach somebody who is logged in
-- why: what is not refused can still be hidden; a row that no policy shows is not there
--   $1 the relation's oid
--   $2 the verb: SELECT, INSERT, UPDATE, DELETE, or null for all

select
    policy.polname as name,
    case policy.polcmd
        when 'r' then 'SELECT'
        when 'a' then 'INSERT'
        when 'w' then 'UPDATE'
        when 'd' then 'DELETE'
        when '*' then 'ALL'
    end as verb,
    policy.polpermissive as permissive,
    pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as "using",
    pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) as "check"
from pg_catalog.pg_policy as policy
where policy.polrelid = $1::oid
    and exists (
        select from pg_catalog.unnest(policy.polroles) as role (oid)
        where role.oid = 0 -- PUBLIC
            or pg_catalog.pg_has_role(role.oid, 'USAGE')
    )
    and (
        $2::text is null
        or policy.polcmd = '*' -- every verb
        or policy.polcmd = case $2 when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' when 'DELETE' then 'd' end
    )
order by 1;
