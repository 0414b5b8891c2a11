-- title: What every policy of the domains asks of a row, and which columns an index begins with
-- why: a condition that is worked out row by row, or without an index, makes every query of its role pay
-- Run it with an empty search_path: then names come out with their schemas.

select
    relation.oid::integer as oid,
    namespace.nspname as schema,
    relation.relname as "table",
    policy.polname as name,
    -- 0, PUBLIC, is everybody: the service stands for them
    coalesce(
        (select role.rolname from unnest(policy.polroles) as listed join pg_catalog.pg_roles as role on role.oid = listed limit 1),
        domain.service
    ) as role,
    pg_catalog.pg_get_expr(policy.polqual, policy.polrelid) as expression,
    coalesce(
        (
            select array_agg(distinct attribute.attname::text)
            from pg_catalog.pg_index as index
            join pg_catalog.pg_attribute as attribute
                on attribute.attrelid = index.indrelid and attribute.attnum = index.indkey[0]
            where index.indrelid = relation.oid and index.indisvalid and index.indpred is null
        ),
        '{}'
    ) as indexed
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as relation
    on relation.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where policy.polqual is not null -- a policy for insert chooses no rows
  and not relation.relispartition -- a partition is read through its table
order by 2, 3, 4;
