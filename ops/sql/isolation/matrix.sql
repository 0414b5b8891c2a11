-- title: The expected matrix: each role, each thing, each verb
-- why: what the contract does not state is refused, and the catalog is asked as a second witness
--   $1 roles to probe; $2 schemas; $3 the role whose rights are expected, when a lease stands for its profile;
--   $4 the database that such a lease may enter

with probed as (
    select role_name, coalesce($3::text, role_name) as contract_role, row_number() over (order by role_name) as position
    from unnest($1::text[]) as role_name
),
governed as materialized (
    select relation.oid, namespace.nspname, relation.relname, relation.relkind, relation.relowner,
        attributes.readable, attributes.writable, attributes.has_grants,
        row_number() over (order by namespace.nspname, relation.relname) as position
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
    cross join lateral (
        select
            count(*) as readable,
            count(*) filter (where attribute.attgenerated = '') as writable,
            coalesce(bool_or(attribute.attacl is not null), false) as has_grants
        from pg_catalog.pg_attribute as attribute
        where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    ) as attributes
    where namespace.nspname = any ($2::text[])
),
stated as materialized (
    select role_name, kind, schema_name, object_name, column_name, privilege
    from drydock.expected_right
),
held_on_columns as materialized (
    select role_name, schema_name, object_name, privilege
    from drydock.actual_right
    where kind = 'column'
),
expected as materialized (
    -- empty strings instead of nulls, so that the join below can hash
    select role_name, kind, coalesce(schema_name, '') as schema_name, object_name, coalesce(column_name, '') as column_name, privilege
    from stated

    union -- who holds every column, one by one, does to the table whatever the holder of the table does
    select stated.role_name, 'relation', stated.schema_name, stated.object_name, '', stated.privilege
    from stated
    join governed on governed.nspname = stated.schema_name and governed.relname = stated.object_name
    where stated.kind = 'column'
    group by stated.role_name, stated.schema_name, stated.object_name, stated.privilege, governed.readable, governed.writable
    having count(distinct stated.column_name) = case stated.privilege when 'SELECT' then governed.readable else governed.writable end
),
lawful_owner (role_name, schema_name) as (
    select owner, schema_name from drydock.domain
    union all
    values ('audit_owner', 'audit'), ('audit_owner', 'drydock'), ('auditor', 'drydock'), ('views_owner', 'views')
    union all -- a linker, who is the one that may read the link rules, owns its function in whatever schema
    select role_name, null from drydock.contract_right
    where kind = 'relation' and schema_name = 'drydock' and object_name = 'link_rule'
),
cell as (
    select
        probed.role_name, probed.contract_role, probed.position as role_position, governed.position,
        case when governed.relkind in ('v', 'm') then 'view' else 'table' end as kind,
        'relation' as right_kind, governed.nspname as schema_name, governed.relname::text as object_name, null::text as column_name,
        verb.name as verb,
        governed.relowner as owner,
        pg_catalog.has_table_privilege(probed.role_name, governed.oid, verb.name)
        or governed.has_grants and verb.name in ('SELECT', 'INSERT', 'UPDATE') and not exists (
            select
            from pg_catalog.pg_attribute as attribute
            where attribute.attrelid = governed.oid and attribute.attnum > 0 and not attribute.attisdropped
              and (verb.name = 'SELECT' or attribute.attgenerated = '')
              and not pg_catalog.has_column_privilege(probed.role_name, governed.oid, attribute.attnum, verb.name)
        ) as catalog_says
    from probed
    cross join governed
    cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) as verb (name)
    where governed.relkind in ('r', 'p', 'f', 'v', 'm')
      and (governed.relkind in ('r', 'p', 'f') or verb.name in ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))

    union all -- where a right on some columns is stated or held, it is probed on every column of that table
    select
        probed.role_name, probed.contract_role, probed.position, governed.position, 'column', 'column', governed.nspname, governed.relname::text, attribute.attname::text,
        narrowed.privilege, governed.relowner,
        pg_catalog.has_column_privilege(probed.role_name, governed.oid, attribute.attnum, narrowed.privilege)
    from probed
    cross join lateral (
        select schema_name, object_name, privilege
        from stated
        where kind = 'column' and role_name = probed.contract_role

        union
        select schema_name, object_name, privilege
        from held_on_columns
        where role_name in (probed.role_name, probed.contract_role, 'PUBLIC')

        except -- who holds the whole table holds its columns
        select schema_name, object_name, privilege
        from stated
        where kind = 'relation' and role_name = probed.contract_role
    ) as narrowed
    join governed on governed.nspname = narrowed.schema_name and governed.relname = narrowed.object_name
    join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = governed.oid and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''

    union all
    select
        probed.role_name, probed.contract_role, probed.position, governed.position, 'sequence', 'sequence', governed.nspname, governed.relname::text, null,
        'USAGE', governed.relowner, pg_catalog.has_sequence_privilege(probed.role_name, governed.oid, 'USAGE')
    from probed
    cross join governed
    where governed.relkind = 'S'

    union all
    select
        probed.role_name, probed.contract_role, probed.position, 0, 'function', 'function', namespace.nspname,
        function.proname || '(' || pg_catalog.pg_get_function_identity_arguments(function.oid) || ')', null,
        'EXECUTE', function.proowner, pg_catalog.has_function_privilege(probed.role_name, function.oid, 'EXECUTE')
    from probed
    cross join pg_catalog.pg_proc as function
    join pg_catalog.pg_namespace as namespace on namespace.oid = function.pronamespace
    where namespace.nspname = any ($2::text[])
      and function.oid not in (select oid from drydock.type_function)

    union all
    select
        probed.role_name, probed.contract_role, probed.position, 0, 'schema', 'schema', namespace.nspname, namespace.nspname::text, null,
        verb.name, namespace.nspowner, pg_catalog.has_schema_privilege(probed.role_name, namespace.oid, verb.name)
    from probed
    cross join pg_catalog.pg_namespace as namespace
    cross join (values ('USAGE'), ('CREATE')) as verb (name)
    where namespace.nspname = any ($2::text[])

    union all
    select
        probed.role_name, probed.contract_role, probed.position, 0, 'database', 'database', null, db.datname::text, null,
        verb.name, db.datdba, pg_catalog.has_database_privilege(probed.role_name, db.oid, verb.name)
    from probed
    cross join pg_catalog.pg_database as db
    cross join (values ('CONNECT'), ('TEMP'), ('CREATE')) as verb (name)
    where db.datallowconn
      and db.datname not in (select other.name from drydock.other_database as other)
)
select
    cell.role_name as role,
    cell.kind,
    cell.schema_name as schema,
    cell.object_name as object,
    cell.column_name as "column",
    cell.verb,
    expected.role_name is not null
    -- the owner of a thing needs no grant, if it is the one who should own it
    or cell.owner = holder.oid and exists (
        select
        from lawful_owner as lawful
        where lawful.role_name = cell.contract_role
          and (lawful.schema_name = cell.schema_name or lawful.schema_name is null and cell.kind = 'function')
    )
    -- a lease enters its own database through the connect role
    or ($4::text is not null and cell.kind = 'database' and cell.verb = 'CONNECT' and cell.object_name = $4::text) as expected,
    cell.catalog_says as "catalogSays"
from cell
left join expected
    on  expected.role_name = cell.contract_role
    and expected.kind = cell.right_kind
    and expected.schema_name = coalesce(cell.schema_name, '')
    and expected.object_name = cell.object_name
    and expected.column_name = coalesce(cell.column_name, '')
    and expected.privilege = cell.verb
left join pg_catalog.pg_roles as holder
    on holder.rolname = cell.contract_role
-- numbers first: names are only compared where they are few
order by cell.role_position, cell.kind, cell.position, cell.schema_name, cell.object_name, cell.column_name, cell.verb;
