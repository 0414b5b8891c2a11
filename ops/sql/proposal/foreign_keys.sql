-- title: Foreign keys from one schema into another
-- why: none may cross the boundary of a domain, and who hears it first from a run has the project made already

select
    namespace.nspname || '.' || relation.relname as source,
    other_namespace.nspname || '.' || other.relname as target
from pg_catalog.pg_constraint as "constraint"
join pg_catalog.pg_class as relation on relation.oid = "constraint".conrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
join pg_catalog.pg_class as other on other.oid = "constraint".confrelid
join pg_catalog.pg_namespace as other_namespace on other_namespace.oid = other.relnamespace
where "constraint".contype = 'f'
  and "constraint".conparentid = 0 -- those of partitions are their parent's
  and namespace.oid <> other_namespace.oid
order by 1, 2;
