-- title: What an attack aims at, by the placeholder that stands for it
-- why: the escapes are written once, for anybody's schemas
--   $1 the profile of the lease that attacks

select 'owner' as placeholder, format('%I', domain.owner) as target, null as "column", '{}'::text[] as declared
from drydock.domain as domain

union
select 'other_role', format('%I', declared.role_name), null, '{}'
from drydock.contract_right as declared
where declared.role_name <> $1 and declared.kind <> 'database'

union
select 'schema', format('%I', namespace.nspname), null, '{}'
from pg_catalog.pg_namespace as namespace
where namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'

union -- one table of each domain, the first by name
select 'table', target.name, target.column_name, target.declared
from drydock.domain as domain
cross join lateral (
    select
        format('%I.%I', namespace.nspname, relation.relname) as name,
        format('%I', attribute.attname) as column_name,
        (
            select coalesce(array_agg(expected.privilege), '{}')
            from drydock.expected_right as expected
            where expected.role_name = $1 and expected.kind = 'relation'
              and expected.schema_name = namespace.nspname and expected.object_name = relation.relname
        ) as declared
    from pg_catalog.pg_namespace as namespace
    join pg_catalog.pg_class as relation
        on relation.relnamespace = namespace.oid and relation.relkind in ('r', 'p') -- table, partitioned table
    join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
    where namespace.nspname = domain.schema_name and relation.relname <> all (domain.private)
    order by relation.relname, attribute.attnum
    limit 1
) as target

union -- one sequence of each domain, the first by name
select 'sequence', target.name, null, '{}'
from drydock.domain as domain
cross join lateral (
    select format('%L', format('%I.%I', namespace.nspname, relation.relname)) as name
    from pg_catalog.pg_namespace as namespace
    join pg_catalog.pg_class as relation
        on relation.relnamespace = namespace.oid and relation.relkind = 'S' -- sequence
    where namespace.nspname = domain.schema_name
    order by relation.relname
    limit 1
) as target

union
select 'private_table', format('%I.%I', domain.schema_name, private.name), null, '{}'
from drydock.domain as domain
cross join lateral unnest(domain.private) as private (name)

order by 1, 2;
