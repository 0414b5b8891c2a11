-- title: A policy for every verb has become one for reading
-- class: rls

select
    format('%s on %I.%I', policy.polname, namespace.nspname, relation.relname) as object,
    format(
        'drop policy %1$I on %2$I.%3$I; create policy %1$I on %2$I.%3$I for select to %4$I using (true)',
        policy.polname, namespace.nspname, relation.relname, pg_catalog.pg_get_userbyid(policy.polroles[1])
    ) as plant
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where policy.polcmd = '*' -- every verb
  and cardinality(policy.polroles) = 1
  and pg_catalog.pg_get_userbyid(policy.polroles[1]) = domain.service
order by 1;
