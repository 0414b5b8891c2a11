-- title: The constraints of these tables, without those that a partition has from its parent
-- why: the columns of a composite key stay pairs and in order; joins over information_schema make a cross product of them
-- $1: oids of the tables
select
    namespace.nspname as schema,
    relation.relname as "table",
    con.conname as constraint,
    con.contype as type,
    pg_catalog.pg_get_constraintdef(con.oid) as definition,
    con.convalidated as is_validated,
    (
        select pg_catalog.jsonb_agg(attribute.attname order by key.position)
        from pg_catalog.unnest(con.conkey) with ordinality as key (number, position)
        join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = con.conrelid and attribute.attnum = key.number
    ) as columns,
    target_namespace.nspname as ref_schema,
    target.relname as ref_table,
    (
        select pg_catalog.jsonb_agg(attribute.attname order by key.position)
        from pg_catalog.unnest(con.confkey) with ordinality as key (number, position)
        join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = con.confrelid and attribute.attnum = key.number
    ) as ref_columns,
    rule_name.words ->> con.confdeltype::text as delete_rule,
    rule_name.words ->> con.confupdtype::text as update_rule
from pg_catalog.pg_constraint as con
join pg_catalog.pg_class as relation
    on relation.oid = con.conrelid
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
left join pg_catalog.pg_class as target
    on target.oid = con.confrelid
left join pg_catalog.pg_namespace as target_namespace
    on target_namespace.oid = target.relnamespace
cross join (
    select '{"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}'::jsonb as words
) as rule_name
where con.conrelid = any ($1::bigint[]::oid[])
  and con.contype in ('p', 'u', 'f', 'c', 'x')
  and con.conparentid = 0
  and (con.conislocal or con.coninhcount = 0)
order by namespace.nspname collate "C", relation.relname collate "C", con.conname collate "C";
