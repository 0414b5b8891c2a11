import type { PlantedFaults } from '../planted-fault.ts';

const excess = 'held, but not in the contract';

/** Faults in who may do what: grants and roles. */
export const rightsFaults: PlantedFaults = {
  rights: [
    {
      fault: 'a verb too many on a table',
      sql: 'grant delete on eng.backlog_items to codex_staging',
      finds: `codex_staging: DELETE on relation eng.backlog_items: ${excess}`,
    },
    {
      fault: 'a column too many',
      sql: 'grant update (name) on vh.ventures to vh_linker',
      finds: `vh_linker: UPDATE on column vh.ventures.name: ${excess}`,
    },
    {
      fault: 'the right to use a sequence',
      sql: 'grant usage on sequence audit.change_log_id_seq to eng_service',
      finds: `eng_service: USAGE on sequence audit.change_log_id_seq: ${excess}`,
    },
    {
      fault: 'the right to make objects in a schema',
      sql: 'grant create on schema eng to eng_service',
      finds: `eng_service: CREATE on schema eng: ${excess}`,
    },
    {
      fault: 'a function too many',
      sql: 'grant execute on function vh.member_company_ids() to codex_staging',
      finds: `codex_staging: EXECUTE on function vh.member_company_ids(): ${excess}`,
    },
    {
      fault: 'a new function that everybody may call',
      sql: 'create function vh.open() returns void language sql return null; grant execute on function vh.open() to public',
      finds: `PUBLIC: EXECUTE on function vh.open(): ${excess}`,
    },
    {
      fault: 'a large object that everybody may read',
      sql: 'select lo_create(4711); grant select on large object 4711 to public',
      finds: `PUBLIC: SELECT on large object 4711: ${excess}`,
    },
    {
      fault: 'a table that everybody may read',
      sql: 'grant select on vh.member_logins to public',
      finds: `PUBLIC: SELECT on relation vh.member_logins: ${excess}`,
    },
    {
      fault: 'a database that everybody may enter',
      sql: 'grant connect on database postgres to public',
      finds: `PUBLIC: CONNECT on database postgres: ${excess}`,
    },
    {
      fault: 'temporary tables for everybody',
      sql: 'grant temporary on database ehg_stage to public',
      finds: `PUBLIC: TEMPORARY on database ehg_stage: ${excess}`,
    },
    {
      fault: 'a right that the next table will bring',
      sql: 'alter default privileges for role eng_owner in schema eng grant select on tables to analyst_ro',
      finds: `analyst_ro: SELECT on default privilege on relations eng.eng_owner: ${excess}`,
    },
    {
      fault: 'a right that may be granted on',
      sql: 'grant select on eng.backlog_items to codex_staging with grant option',
      finds: 'codex_staging: SELECT on relation eng.backlog_items: may be granted on',
    },
    {
      fault: 'a right of a role that the contract does not know',
      sql: 'create role passer_by nologin; grant usage on schema vh to passer_by',
      finds: `passer_by: USAGE on schema vh: ${excess}`,
    },
    {
      fault: 'the right to change a server setting',
      sql: 'grant set on parameter session_replication_role to codex_staging',
      finds: `codex_staging: SET on parameter session_replication_role: ${excess}`,
    },
    {
      fault: 'a right on a table of no domain',
      sql: 'create table public.notes (); grant select on public.notes to vh_service',
      finds: `vh_service: SELECT on relation public.notes: ${excess}`,
    },
    {
      fault: 'a right on a table that has its name from one of the contract',
      sql: 'create table public.backlog_items (); grant select on public.backlog_items to codex_staging',
      finds: `codex_staging: SELECT on relation public.backlog_items: ${excess}`,
    },
    {
      fault: 'a missing right on a table',
      sql: 'revoke update on eng.backlog_items from codex_staging',
      finds: 'codex_staging: UPDATE on relation eng.backlog_items: in the contract, but not held',
    },
    {
      fault: 'a missing right on a column',
      sql: 'revoke update (sd_id) on vh.ventures from vh_linker',
      finds: 'vh_linker: UPDATE on column vh.ventures.sd_id: in the contract, but not held',
    },
    {
      fault: 'a missing right to call',
      sql: 'revoke execute on function vh.link_vh(text) from vh_service',
      finds: 'vh_service: EXECUTE on function vh.link_vh(rule text): in the contract, but not held',
    },
    {
      fault: 'a missing right to enter the database',
      sql: 'revoke connect on database ehg_stage from ehg_stage_connect',
      finds: 'ehg_stage_connect: CONNECT on database ehg_stage: in the contract, but not held',
    },
  ],

  roles: [
    ...['superuser', 'bypassrls', 'createrole', 'createdb', 'replication'].map((attribute) => ({
      fault: `a role that was made ${attribute}`,
      sql: `alter role codex_staging ${attribute}`,
      finds: `role codex_staging: nologin; ${attribute.toUpperCase()}`,
    })),
    {
      fault: 'a lease that never ends',
      sql: 'create role forever login; grant codex_staging to forever',
      finds: 'role forever: login; without an end; member of codex_staging',
    },
    {
      fault: 'a capability role that can log in',
      sql: 'alter role vh_service login',
      finds: 'role vh_service: login',
    },
    {
      fault: 'a capability role that is a member of another',
      sql: 'grant vh_service to analyst_ro',
      finds: 'role analyst_ro: nologin; member of vh_service',
    },
    {
      fault: 'a capability role that reads everything through a predefined role',
      sql: 'grant pg_read_all_data to codex_staging',
      finds: 'role codex_staging: nologin; member of pg_read_all_data',
    },
    {
      fault: 'a login that is a superuser',
      sql: 'create role somebody login superuser',
      finds: 'role somebody: login; SUPERUSER',
    },
    {
      fault: 'a login that is a member of a role which the contract does not know',
      sql: "create role strangers nologin; create role somebody login valid until 'tomorrow' in role strangers",
      finds: 'role somebody: login; member of strangers',
    },
    {
      fault: 'a login that is a member of the owner of a domain',
      sql: "create role somebody login valid until 'tomorrow' in role eng_owner",
      finds: 'role somebody: login; member of eng_owner, an owner',
    },
    {
      fault: 'a login that may hand its membership on',
      sql: "create role somebody login valid until 'tomorrow'; grant analyst_ro to somebody with admin option",
      finds: 'role somebody: login; member of analyst_ro with ADMIN',
    },
  ],

  server_rights: [
    {
      fault: 'a profile that may read the passwords of all logins',
      sql: 'grant select on pg_catalog.pg_authid to codex_staging',
      finds: 'relation pg_authid: codex_staging: SELECT',
    },
    {
      fault: 'a login that acts as a profile, and may',
      sql: 'create role borrower login in role codex_staging; grant select on pg_catalog.pg_authid to borrower',
      finds: 'relation pg_authid: borrower: SELECT',
    },
    {
      fault: 'a column of the server for everybody',
      sql: 'grant select (rolpassword) on pg_catalog.pg_authid to public',
      finds: 'column pg_authid.rolpassword: PUBLIC: SELECT',
    },
    {
      fault: "a function that reads the server's files, for a service role",
      sql: 'grant execute on function pg_catalog.pg_read_file(text) to eng_service',
      finds: 'function pg_read_file(text): eng_service: EXECUTE',
    },
    {
      fault: 'the right to make objects in the catalog',
      sql: 'grant create on schema pg_catalog to vh_owner',
      finds: 'schema pg_catalog: vh_owner: CREATE',
    },
    {
      fault: 'the right to make servers of a foreign-data wrapper',
      sql: 'create foreign data wrapper outside; grant usage on foreign data wrapper outside to vh_owner',
      finds: 'foreign-data wrapper outside: vh_owner: USAGE',
    },
  ],
};
