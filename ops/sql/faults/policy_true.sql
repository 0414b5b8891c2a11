-- title: A policy that chose rows lets all of them through
-- class: rls
-- at-most: 20
-- caught-by: a check of the project that runs as the reader and counts what it must not see

select
    format('%s on %I.%I', policy.polname, namespace.nspname, relation.relname) as object,
    format('alter policy %I on %I.%I using (true)', policy.polname, namespace.nspname, relation.relname) as plant
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where policy.polcmd in ('r', '*') -- select, every verb
  and pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) <> 'true'
order by 1;
