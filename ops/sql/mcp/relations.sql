-- title: The relations that somebody who is logged in can see, and what may be done with each
-- why: an agent has to know what is there before it asks; the answer of the server, not of the contract
--   $1 the schema, or null for all
--   $2 the relation, or null for all
--   $3 how many at most

select
    namespace.nspname as schema,
    relation.relname as name,
    case relation.relkind
        when 'r' then 'table'
        when 'p' then 'partitioned table'
        when 'v' then 'view'
        when 'm' then 'materialized view'
        when 'f' then 'foreign table'
    end as kind,
    array(
        select pg_catalog.lower(verb.name)
        from pg_catalog.unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) with ordinality as verb (name, place)
        where pg_catalog.has_table_privilege(relation.oid, verb.name)
            -- of these two there is no right on a column
            or verb.name not in ('DELETE', 'TRUNCATE') and pg_catalog.has_any_column_privilege(relation.oid, verb.name)
        order by verb.place
    ) as may,
    relation.relrowsecurity as "rowSecurity",
    pg_catalog.obj_description(relation.oid, 'pg_class') as comment
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
    and not relation.relispartition
    and namespace.nspname !~ '^pg_' and namespace.nspname not in ('information_schema', 'drydock')
    and pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
    and ($1::text is null or namespace.nspname = $1)
    and ($2::text is null or relation.relname = $2)
order by 1, 2
limit $3;
