-- title: The relations that each view of the schema views selects from, through other views too
-- why: the contract states what a view reads

with recursive reads as (
    select distinct
        rule.ev_class as view_oid,
        dependency.refobjid as read_oid
    from pg_catalog.pg_rewrite as rule
    join pg_catalog.pg_depend as dependency
        on dependency.classid = 'pg_catalog.pg_rewrite'::regclass
       and dependency.objid = rule.oid
       and dependency.refclassid = 'pg_catalog.pg_class'::regclass
       and dependency.refobjid <> rule.ev_class
),
reached (view_oid, read_oid) as (
    select reads.view_oid, reads.read_oid from reads
    union
    select reached.view_oid, reads.read_oid
    from reached
    join reads on reads.view_oid = reached.read_oid
)
select
    view.relname::text as view,
    namespace.nspname::text as schema,
    read.relname::text as name
from reached
join pg_catalog.pg_class as view on view.oid = reached.view_oid
join pg_catalog.pg_namespace as view_schema on view_schema.oid = view.relnamespace and view_schema.nspname = 'views'
join pg_catalog.pg_class as read on read.oid = reached.read_oid and read.relkind in ('r', 'p', 'f') -- tables only
join pg_catalog.pg_namespace as namespace on namespace.oid = read.relnamespace
order by 1, 2, 3;
