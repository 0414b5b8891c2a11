-- title: Every reader of a view may call the functions in it
-- why: a view reads tables as its owner, but calls functions as its reader: it works for views_owner and fails for everybody else
-- remedy: State the function under "calls" for its readers, or write the view without it.
-- gate: views_compile
-- needs: views

with recursive reached (view_oid, relation) as (
    select relation.oid, relation.oid
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind = 'v'
      and (namespace.nspname = 'views' or namespace.nspname in (select domain.schema_name from drydock.domain as domain))

    union

    select reached.view_oid, inner_view.oid
    from reached
    join pg_catalog.pg_rewrite as rule on rule.ev_class = reached.relation
    join pg_catalog.pg_depend as depend
        on depend.classid = 'pg_catalog.pg_rewrite'::regclass and depend.objid = rule.oid
       and depend.refclassid = 'pg_catalog.pg_class'::regclass
    join pg_catalog.pg_class as inner_view on inner_view.oid = depend.refobjid and inner_view.relkind = 'v'
),
called as (
    select distinct reached.view_oid, coalesce(operator.oprcode::oid, depend.refobjid) as function_oid
    from reached
    join pg_catalog.pg_rewrite as rule on rule.ev_class = reached.relation
    join pg_catalog.pg_depend as depend
        on depend.classid = 'pg_catalog.pg_rewrite'::regclass and depend.objid = rule.oid
       and depend.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
    left join pg_catalog.pg_operator as operator
        on depend.refclassid = 'pg_catalog.pg_operator'::regclass and operator.oid = depend.refobjid
),
refused as (
    select called.view_oid, reader.role_name, called.function_oid
    from called
    join pg_catalog.pg_class as relation on relation.oid = called.view_oid
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    join drydock.actual_right as reader
        on reader.kind = 'relation' and reader.privilege = 'SELECT'
       and reader.schema_name = namespace.nspname and reader.object_name = relation.relname
    join pg_catalog.pg_roles as role on role.rolname = reader.role_name
    where not pg_catalog.has_function_privilege(role.oid, called.function_oid, 'execute')
)
select
    namespace.nspname || '.' || relation.relname as object,
    1 + (select count(*) from called where called.view_oid = relation.oid) as examined,
    count(refused.role_name) as violations,
    coalesce(string_agg(refused.role_name || ' may not call ' || refused.function_oid::regprocedure, ', ' order by refused.role_name), 'all may') as detail
from (select distinct view_oid from reached) as looked_at
join pg_catalog.pg_class as relation on relation.oid = looked_at.view_oid
join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
left join refused on refused.view_oid = relation.oid
group by namespace.nspname, relation.relname, relation.oid
order by object;
