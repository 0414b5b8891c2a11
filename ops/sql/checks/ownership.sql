-- title: Every object of a domain belongs to the domain's owner
-- why: an owner is not bound by grants, and without FORCE not by row-level security either
-- remedy: alter ... owner to the domain's owner; write migrations that run as it.
-- gate: boundary_isolated

with expected as (
    select schema_name, owner from drydock.domain
    union all
    values ('audit', 'audit_owner'), ('views', 'views_owner')
),
owned as (
    select namespace.nspname, 'relation ' || relation.relname as name, relation.relowner as owner
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') -- all but indexes and toast

    union all
    select namespace.nspname, 'function ' || function.proname, function.proowner
    from pg_catalog.pg_proc as function
    join pg_catalog.pg_namespace as namespace on namespace.oid = function.pronamespace
    -- a link function belongs to its linker: that is the capability
    where pg_catalog.pg_get_userbyid(function.proowner) not in (select linker.name from drydock.declared_linker as linker)
      and function.oid not in (select oid from drydock.type_function)

    union all
    select namespace.nspname, 'type ' || type.typname, type.typowner
    from pg_catalog.pg_type as type
    join pg_catalog.pg_namespace as namespace on namespace.oid = type.typnamespace
    where type.typrelid = 0 and type.typcategory <> 'A' -- not the types that come with a table, nor arrays
)
select
    owned.nspname || ': ' || owned.name as object,
    1::bigint as examined,
    (pg_catalog.pg_get_userbyid(owned.owner) <> expected.owner)::int::bigint as violations,
    'owned by ' || pg_catalog.pg_get_userbyid(owned.owner) || ', expected ' || expected.owner as detail
from owned
join expected
    on expected.schema_name = owned.nspname
order by object;
