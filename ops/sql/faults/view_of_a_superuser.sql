-- title: A view belongs to a superuser
-- class: views

select
    'views.' || relation.relname as object,
    format('alter view views.%I owner to %I', relation.relname, current_user) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where namespace.nspname = 'views' and relation.relkind = 'v' -- view
order by 1;
