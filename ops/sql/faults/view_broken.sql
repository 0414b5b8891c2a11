-- title: A view exists, and fails when it is read
-- class: views

select
    'views.planted' as object,
    'create view views.planted with (security_barrier) as select 1 / (oid::bigint - oid::bigint) as gone '
    'from pg_catalog.pg_class; alter view views.planted owner to views_owner' as plant
-- where there are no views, nobody looks at any
where exists (
    select
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace
        on namespace.oid = relation.relnamespace
    where namespace.nspname = 'views' and relation.relkind = 'v' -- view
);
