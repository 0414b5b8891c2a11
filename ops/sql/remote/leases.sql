-- title: Logins that a run minted and did not end
-- why: a killed run cannot; each is a member of the connect role, made by us, and named after its profile ($1: connect role, $2: roles)

select login.rolname as role
from pg_catalog.pg_auth_members as membership
join pg_catalog.pg_roles as login on login.oid = membership.member
join pg_catalog.pg_roles as connect on connect.oid = membership.roleid
where connect.rolname = $1
  and login.rolcanlogin
  and login.rolname ~ '_[0-9a-f]{8}$'
  and exists (select from unnest($2::text[]) as profile where left(login.rolname, -9) = left(profile, 50));
