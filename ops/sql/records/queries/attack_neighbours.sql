-- title: The other tables of an audit table's schema
-- why: a design may record in one of them what was done to the table; a row that comes to one is a trace
select relation.oid::regclass::text as name
from pg_catalog.pg_class as relation
where relation.relkind = 'r'
    and relation.relnamespace = (select relnamespace from pg_catalog.pg_class where oid = to_regclass($1))
    and relation.oid not in (select relid from pg_catalog.pg_partition_tree(to_regclass($1)))
    and relation.oid <> to_regclass($1)
order by 1;
