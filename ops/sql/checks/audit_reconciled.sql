-- title: The change log accounts for every row
-- why: rows inserted less rows deleted must be the rows that are there; counted as admin, because seeing every row
--   past row-level security is the point here
-- remedy: Find the write that went past the triggers: a disabled trigger, COPY before it was attached, a restore.
-- gate: audit_trail_complete
-- as: admin

select
    namespace.nspname || '.' || relation.relname as object,
    (xpath('/table/row/rows/text()', answer.xml))[1]::text::bigint + coalesce(logged.entries, 0) as examined,
    ((xpath('/table/row/rows/text()', answer.xml))[1]::text::bigint <> coalesce(logged.balance, 0))::int::bigint as violations,
    format('%s rows, %s logged as inserted and not deleted',
        (xpath('/table/row/rows/text()', answer.xml))[1]::text, coalesce(logged.balance, 0)) as detail
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
cross join lateral (
    select pg_catalog.query_to_xml(
        format('select count(*) as rows from only %I.%I', namespace.nspname, relation.relname), true, false, ''
    ) as xml
) as answer
left join (
    select
        change.table_name,
        count(*) as entries,
        count(*) filter (where change.operation = 'INSERT') - count(*) filter (where change.operation = 'DELETE') as balance
    from audit.change_log as change
    group by change.table_name
) as logged
    on logged.table_name = namespace.nspname || '.' || relation.relname
where relation.relkind = 'r'
  and not relation.relispartition
  and not exists (select from pg_catalog.pg_inherits as inherited where relation.oid in (inherited.inhrelid, inherited.inhparent))
  and not exists (
      select from audit.change_log as emptied
      where emptied.table_name = namespace.nspname || '.' || relation.relname and emptied.operation = 'TRUNCATE'
  )
order by object;
