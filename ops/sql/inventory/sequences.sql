-- title: Sequences, with the column that owns each
-- why: where they stand is content and no structure, so it is not asked for
-- $1: names of the schemas to look at; null for all but the system's
select
    namespace.nspname as schema,
    relation.relname as sequence,
    pg_catalog.format_type(sequence.seqtypid, null) as data_type,
    sequence.seqstart::text as starts_at,
    sequence.seqincrement::text as increment,
    sequence.seqmax::text as maximum,
    sequence.seqcycle as cycles,
    pg_catalog.concat_ws('.', owner_namespace.nspname, owner.relname, attribute.attname) as owned_by
from pg_catalog.pg_sequence as sequence
join pg_catalog.pg_class as relation
    on relation.oid = sequence.seqrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
left join pg_catalog.pg_depend as dependency
    on dependency.classid = 'pg_catalog.pg_class'::regclass
    and dependency.objid = relation.oid
    and dependency.refobjsubid > 0
    and dependency.deptype in ('a', 'i') -- serial, identity
left join pg_catalog.pg_class as owner
    on owner.oid = dependency.refobjid
left join pg_catalog.pg_namespace as owner_namespace
    on owner_namespace.oid = owner.relnamespace
left join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = dependency.refobjid and attribute.attnum = dependency.refobjsubid
where case when $1::text[] is null
      then namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
      else namespace.nspname = any ($1)
  end
order by namespace.nspname collate "C", relation.relname collate "C";
