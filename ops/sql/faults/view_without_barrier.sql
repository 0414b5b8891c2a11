-- title: A view lets a function of its reader see hidden rows first
-- class: views
-- at-most: 2

select
    'views.' || relation.relname as object,
    format('alter view views.%I reset (security_barrier)', relation.relname) as plant
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
where namespace.nspname = 'views' and relation.relkind = 'v' -- view
order by 1;
