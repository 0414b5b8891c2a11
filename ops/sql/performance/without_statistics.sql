-- title: Tables that the planner knows too little about
-- why: a copy keeps the statistics of its original; only what a migration added or changed is analysed anew

select distinct format('%I.%I', namespace.nspname, relation.relname) as name
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p', 'm') -- table, partitioned table, materialised view
  and pg_catalog.pg_relation_size(relation.oid) > 0
  and exists (
      select
      from pg_catalog.pg_attribute as attribute
      where attribute.attnum > 0
        and not attribute.attisdropped
        and (
            attribute.attrelid = relation.oid
            or attribute.attrelid in (
                select index.indexrelid
                from pg_catalog.pg_index as index
                where index.indrelid = relation.oid and index.indexprs is not null
            )
        )
        and not exists (
            select
            from pg_catalog.pg_statistic as known
            where known.starelid = attribute.attrelid and known.staattnum = attribute.attnum
        )
  )
order by 1;
