-- title: The databases in which a role has left something
-- why: objects, grants and prepared transactions can only be removed from inside their own database
--   $1 the role's id

select distinct db.datname as database, db.datallowconn as "isOpen"
from pg_catalog.pg_database as db
where db.oid in (
    select dependency.dbid
    from pg_catalog.pg_shdepend as dependency
    where dependency.refclassid = 'pg_catalog.pg_authid'::regclass and dependency.refobjid = $1::int8::oid
)
or db.datname in (
    select prepared.database
    from pg_catalog.pg_prepared_xacts as prepared
    join pg_catalog.pg_roles as role on role.rolname = prepared.owner
    where role.oid = $1::int8::oid
)
-- what is in no database, such as a right on a parameter, is removed from any
or exists (
    select
    from pg_catalog.pg_shdepend as dependency
    where dependency.refclassid = 'pg_catalog.pg_authid'::regclass and dependency.refobjid = $1::int8::oid
      and dependency.dbid = 0
      and db.datname = current_database()
)
order by 1;
