-- title: Logins that a run minted and did not end
-- why: a killed run cannot; each is a member of a connect role, made by us, and named after its profile ($1: connect roles, $2: roles)

select distinct login.rolname as role
from pg_catalog.pg_auth_members as membership
join pg_catalog.pg_roles as login on login.oid = membership.member
join pg_catalog.pg_roles as connect on connect.oid = membership.roleid
where connect.rolname = any ($1::text[])
  and login.rolcanlogin
  and login.rolname ~ '_[0-9a-f]{8}$'
  and exists (select from unnest($2::text[]) as profile where pg_catalog.starts_with(profile, left(login.rolname, -9)));
