-- title: A policy no longer looks at what is written
-- class: rls
-- caught-by: a check of the project that tries to write what it must not

select
    format('%s on %I.%I', policy.polname, namespace.nspname, relation.relname) as object,
    format('alter policy %I on %I.%I with check (true)', policy.polname, namespace.nspname, relation.relname) as plant
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where policy.polcmd in ('a', 'w', '*') -- insert, update, every verb
  and pg_catalog.pg_get_expr(policy.polwithcheck, policy.polrelid) <> 'true'
order by 1;
