-- title: A policy is for another role than was meant
-- class: rls
-- at-most: 4

select
    format('%s on %I.%I', policy.polname, namespace.nspname, relation.relname) as object,
    format('alter policy %I on %I.%I to auditor', policy.polname, namespace.nspname, relation.relname) as plant
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where cardinality(policy.polroles) = 1
order by md5(policy.polname), 1;
