-- title: A role may do to a table what the contract does not say
-- class: grants
-- at-most: 12

select distinct on (declared.name)
    declared.name || ' on ' || format('%I.%I', namespace.nspname, relation.relname) as object,
    format('grant %s on %I.%I to %I', verb.name, namespace.nspname, relation.relname, declared.name) as plant
from drydock.declared_role as declared
cross join (values ('DELETE'), ('TRUNCATE'), ('UPDATE'), ('SELECT')) as verb (name)
cross join pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as namespace
    on namespace.oid = relation.relnamespace
join drydock.domain as domain
    on domain.schema_name = namespace.nspname
where relation.relkind in ('r', 'p') -- table, partitioned table
  and not pg_catalog.has_table_privilege(declared.name, relation.oid, verb.name)
order by declared.name, md5(relation.relname), verb.name;
