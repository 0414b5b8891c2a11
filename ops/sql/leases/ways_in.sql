-- title: Rules of pg_hba.conf that let a role in without its password
-- why: where a password is not asked for, its expiry ends nothing
--   $1 the role; $2 its database

select
    coalesce(rule.file_name, 'pg_hba.conf') || ':' || rule.line_number as place,
    concat_ws(' ', rule.type, rule.address, rule.auth_method) as rule,
    rule.auth_method = 'trust' as "isTrust"
from pg_catalog.pg_hba_file_rules as rule
where rule.error is null
  and rule.auth_method not in ('scram-sha-256', 'md5', 'password', 'reject')
  and (rule.type <> 'local' or current_setting('unix_socket_directories') <> '')
  and exists (
      select
      from unnest(rule.database) as database
      where database in ('all', $2) or (database ^@ '/' and $2 ~ substr(database, 2))
  )
  and exists (
      select
      from unnest(rule.user_name) as name
      where name in ('all', $1)
         or (name ^@ '/' and $1 ~ substr(name, 2))
         or (name ^@ '+' and exists (
             select
             from pg_catalog.pg_roles as granted
             where granted.rolname = substr(name, 2) and pg_catalog.pg_has_role($1, granted.oid, 'member')
         ))
  )
order by rule.line_number;
