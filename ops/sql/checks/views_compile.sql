-- title: Every view compiles and returns
-- why: a view can exist and fail when it is read: a dropped function, a revoked right, a bad cast; the first that does
--   ends this check with its own error
-- remedy: Read the view as views_owner and mend what it complains about.
-- gate: views_compile
-- needs: views
-- as: views_owner

select
    'views.' || relation.relname as object,
    1::bigint as examined,
    (answer.xml is null)::int::bigint as violations,
    coalesce((xpath('/table/row/rows/text()', answer.xml))[1]::text || ' rows as views_owner', 'materialised, but never filled') as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
cross join lateral (
    -- the whole-row reference makes Postgres compute every column
    select case when relation.relispopulated then pg_catalog.query_to_xml(
        format('select count(v) as rows from (select * from views.%I limit 1000) as v', relation.relname), true, false, ''
    ) end as xml
) as answer
where namespace.nspname = 'views'
  and relation.relkind in ('v', 'm') -- view, materialised view
order by object;
