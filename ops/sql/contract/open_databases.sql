-- title: The other databases of the server that everybody may open
-- why: only the owner of a database, or a superuser, can close it to PUBLIC
--   $1 the project's own database

select db.datname as name
from pg_catalog.pg_database as db
where db.datallowconn
  and db.datname <> $1
  and exists (
      select
      from pg_catalog.aclexplode(coalesce(db.datacl, pg_catalog.acldefault('d', db.datdba))) as granted
      where granted.grantee = 0 -- PUBLIC
  )
order by db.datname;
