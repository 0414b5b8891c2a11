-- title: The grants that the contract states and the database does not hold yet
-- why: rights are written once, in drydock.yaml; no migration contains a grant

select format(
    'grant %s%s on %s to %I',
    missing.privilege,
    case when missing.kind = 'column' then format(' (%I)', missing.column_name) else '' end,
    case missing.kind
        when 'database' then format('database %I', missing.object_name)
        when 'schema' then format('schema %I', missing.object_name)
        when 'function' then format('function %I.%s', missing.schema_name,
            regexp_replace(missing.object_name, '^[^(]*', quote_ident(split_part(missing.object_name, '(', 1))))
        else format('%I.%I', missing.schema_name, missing.object_name)
    end,
    missing.role_name
) as statement
from (
    select role_name, kind, schema_name, object_name, column_name, privilege from drydock.expected_right
    except
    select role_name, kind, schema_name, object_name, column_name, privilege from drydock.actual_right
) as missing
-- beside the staging there are copies of it, whose contract names a database that need not be there
where missing.kind <> 'database'
   or exists (select from pg_catalog.pg_database as db where db.datname = missing.object_name)
order by statement;
