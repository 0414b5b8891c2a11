-- title: The tables that a workload works on
-- why: data is generated for these and no others: what queries name, what views and policies on the way read, what foreign keys ask for
--   $1 relations as the queries name them: [{"schema": "…", "name": "…"}, …]

with recursive named as (
    select relation.oid
    from pg_catalog.jsonb_to_recordset($1::jsonb) as given (schema text, name text)
    join pg_catalog.pg_namespace as namespace
        on namespace.nspname = given.schema
    join pg_catalog.pg_class as relation
        on relation.relnamespace = namespace.oid and relation.relname = given.name
),
reached (oid) as (
    select oid from named

    union

    select next.oid
    from reached
    cross join lateral (
        select depends.refobjid -- what a view reads
        from pg_catalog.pg_rewrite as rule
        join pg_catalog.pg_depend as depends
            on depends.classid = 'pg_catalog.pg_rewrite'::regclass and depends.objid = rule.oid
        where rule.ev_class = reached.oid and depends.refclassid = 'pg_catalog.pg_class'::regclass

        union all
        select depends.refobjid -- what a policy reads
        from pg_catalog.pg_policy as policy
        join pg_catalog.pg_depend as depends
            on depends.classid = 'pg_catalog.pg_policy'::regclass and depends.objid = policy.oid
        where policy.polrelid = reached.oid and depends.refclassid = 'pg_catalog.pg_class'::regclass

        union all
        select reference.confrelid
        from pg_catalog.pg_constraint as reference
        where reference.conrelid = reached.oid and reference.contype = 'f' -- foreign key

        union all -- a partition is filled through its table
        select inherits.inhparent
        from pg_catalog.pg_inherits as inherits
        where inherits.inhrelid = reached.oid
    ) as next (oid)
)
select
    relation.oid::integer as oid,
    namespace.nspname as schema,
    relation.relname as name,
    coalesce(
        (select array_agg(distinct reference.confrelid::integer)
         from pg_catalog.pg_constraint as reference
         where reference.conrelid = relation.oid and reference.contype = 'f' and reference.confrelid <> relation.oid),
        '{}'
    ) as parents
from reached
join pg_catalog.pg_class as relation
    on relation.oid = reached.oid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
  and not relation.relispartition
order by 2, 3;
