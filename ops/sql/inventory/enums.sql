-- title: Enumerated types, with their labels in order
-- $1: names of the schemas to look at; null for all but the system's
select
    namespace.nspname as schema,
    type.typname as enum,
    pg_catalog.jsonb_agg(label.enumlabel order by label.enumsortorder) as labels
from pg_catalog.pg_enum as label
join pg_catalog.pg_type as type
    on type.oid = label.enumtypid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = type.typnamespace
where case when $1::text[] is null
      then namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
      else namespace.nspname = any ($1)
  end
group by namespace.nspname, type.typname
order by namespace.nspname collate "C", type.typname collate "C";
