-- title: A view exists, and fails when it is read
-- class: views

select
    'views.planted' as object,
    'create view views.planted with (security_barrier) as select 1 / (oid::bigint - oid::bigint) as gone '
    'from pg_catalog.pg_class; alter view views.planted owner to views_owner' as plant;
