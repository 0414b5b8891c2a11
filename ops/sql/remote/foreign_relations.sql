-- title: Tables in this database, by whomever
-- why: a server that holds somebody's data is no place for a rehearsal, unless its owner says so by name

select count(*) as relations
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.relkind in ('r', 'p', 'm', 'f') -- table, partitioned table, materialised view, foreign table
  and namespace.nspname <> 'information_schema'
  and namespace.nspname !~ '^pg_'
  and not exists (
      select
      from pg_catalog.pg_depend as member
      where member.classid = 'pg_catalog.pg_class'::regclass
        and member.objid = relation.oid
        and member.deptype = 'e' -- e: made by an extension
  );
