-- title: The databases that a run made beside its own
-- why: copies of the staging go with it; a clone is known by the comment of its connect role
--   $1 the staging's database; $2 the names of the copies that nobody is lent

select db.datname as database, null as role
from pg_catalog.pg_database as db
where db.datname = any ($2::text[])

union all

select left(role.rolname, -length('_connect')), role.rolname::text
from pg_catalog.pg_roles as role
where pg_catalog.starts_with(role.rolname, $1 || '_')
  and role.rolname like '%\_connect'
  and pg_catalog.starts_with(pg_catalog.shobj_description(role.oid, 'pg_authid'), 'drydock clone ');
