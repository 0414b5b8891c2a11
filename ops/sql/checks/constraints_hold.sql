-- title: Every constraint was held against the rows that are there
-- why: a constraint that is "not valid" looks at new rows only, and says nothing of those it found
-- remedy: alter table … validate constraint …; or correct the rows that it would refuse first.
-- severity: error
-- judges: data

select
    format('%I.%I', namespace.nspname, relation.relname) as object,
    count(*) as examined,
    count(*) filter (where not rule.convalidated) as violations,
    'never held against its rows: ' || string_agg(rule.conname, ', ' order by rule.conname)
        filter (where not rule.convalidated) as detail
from pg_catalog.pg_class as relation
left join pg_catalog.pg_constraint as rule -- a table without any is in order
    on rule.conrelid = relation.oid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
group by namespace.nspname, relation.relname
order by object;
