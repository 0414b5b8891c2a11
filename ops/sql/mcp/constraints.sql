-- title: The constraints and indexes of a relation, as Postgres writes them
-- why: they say what a row must be, and what is found quickly
--   $1 the relation's oid

select
    rule.conname as name,
    pg_catalog.pg_get_constraintdef(rule.oid) as definition
from pg_catalog.pg_constraint as rule
where rule.conrelid = $1::oid
union all
select
    pg_catalog.format('%I', relation.relname),
    pg_catalog.pg_get_indexdef(index.indexrelid)
from pg_catalog.pg_index as index
join pg_catalog.pg_class as relation
    on relation.oid = index.indexrelid
where index.indrelid = $1::oid
    -- those that belong to a constraint are there already
    and not exists (
        select from pg_catalog.pg_constraint as rule
        where rule.conindid = index.indexrelid and rule.conrelid = index.indrelid
    )
order by 1;
