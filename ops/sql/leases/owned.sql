-- title: What a role owns in this database
-- why: what goes with a lease is named in its evidence
--   $1 the role's id

select pg_catalog.pg_describe_object(owned.classid, owned.objid, owned.objsubid) as object
from pg_catalog.pg_shdepend as owned
where owned.refclassid = 'pg_catalog.pg_authid'::regclass
  and owned.refobjid = $1::int8::oid
  and owned.deptype = 'o' -- o: owner
  and owned.dbid in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
order by 1;
