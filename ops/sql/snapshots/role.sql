-- title: Who is logged in, and what else than reading this role could do
select
    current_user as name,
    role.rolsuper as is_superuser,
    role.rolbypassrls as bypasses_row_security,
    role.rolcreaterole as may_create_roles,
    role.rolreplication as may_replicate,
    pg_catalog.has_database_privilege(current_database(), 'create') as may_create_schemas,
    pg_catalog.has_database_privilege(current_database(), 'temporary') as may_create_temporary_tables,
    (
        select coalesce(pg_catalog.jsonb_agg(granted.rolname order by granted.rolname collate "C"), '[]')
        from pg_catalog.pg_roles as granted
        where granted.rolname <> current_user
          and not role.rolsuper -- a superuser is a member of all
          and pg_catalog.pg_has_role(granted.oid, 'member')
    ) as member_of,
    (
        select pg_catalog.count(*)
        from pg_catalog.pg_class as relation
        join pg_catalog.pg_namespace as namespace
            on namespace.oid = relation.relnamespace
        where relation.relkind in ('r', 'p', 'v', 'f') -- table, partitioned table, view, foreign table
          and namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
          and (
              pg_catalog.has_table_privilege(relation.oid, 'insert, update, delete, truncate')
              or pg_catalog.has_any_column_privilege(relation.oid, 'insert, update')
          )
    ) as writable_tables
from pg_catalog.pg_roles as role
where role.rolname = current_user;
