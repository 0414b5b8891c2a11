-- title: A policy that chooses rows no longer looks at what is written
-- class: rls

with choosing as (
    select
        policy.polname as name,
        format('%I.%I', namespace.nspname, relation.relname) as table_name,
        format('alter policy %I on %I.%I with check (true)', policy.polname, namespace.nspname, relation.relname) as plant
    from pg_catalog.pg_policy as policy
    join pg_catalog.pg_class as relation
        on relation.oid = policy.polrelid
    join pg_catalog.pg_namespace as namespace
        on namespace.oid = relation.relnamespace
    join drydock.domain as domain
        on domain.schema_name = namespace.nspname
    where policy.polcmd in ('w', '*') -- update, every verb
      and pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) <> 'true'
      and pg_catalog.pg_get_expr(coalesce(policy.polwithcheck, policy.polqual), policy.polrelid) <> 'true'

    union all -- where no policy chooses what may be changed, one that chooses badly is added

    (
        select distinct on (domain.schema_name)
            'planted',
            format('%I.%I', namespace.nspname, relation.relname),
            format(
                'create policy planted on %I.%I for update to %I using (ctid is null) with check (true)',
                namespace.nspname, relation.relname, domain.service
            )
        from drydock.domain as domain
        join pg_catalog.pg_namespace as namespace
            on namespace.nspname = domain.schema_name
        join pg_catalog.pg_class as relation
            on relation.relnamespace = namespace.oid and relation.relkind = 'r' -- table
        order by domain.schema_name, relation.relname
    )
)
select
    format('%s on %s', choosing.name, choosing.table_name) as object,
    choosing.plant
from choosing
order by choosing.name = 'planted', 1;
