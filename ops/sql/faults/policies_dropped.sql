-- title: A table has lost all its policies
-- class: rls

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    string_agg(format('drop policy %I on %I.%I', policy.polname, namespace.nspname, relation.relname), '; ') as plant
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
group by namespace.nspname, relation.relname
order by 1;
