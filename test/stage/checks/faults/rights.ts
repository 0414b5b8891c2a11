import type { PlantedFaults } from '../planted-fault.ts';

const excess = 'held, but not in the contract';

/** Faults in who may do what: grants, roles, and what lends out the rights of its owner. */
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

  definer_functions: [
    {
      fault: 'a function whose caller decides what its names mean',
      sql: `create function vh.lend() returns void language sql security definer as 'select'; alter function vh.lend() owner to vh_owner`,
      finds: 'vh.lend: owned by vh_owner; search_path is not fixed',
    },
    {
      fault: 'a search_path that was taken off',
      sql: 'alter function vh.link_vh(text) reset search_path',
      finds: 'vh.link_vh: owned by vh_linker; search_path is not fixed',
    },
    {
      fault: 'a search_path with a schema that others can write',
      sql: 'alter function vh.member_company_ids() set search_path = vh, public',
      finds: 'vh.member_company_ids: owned by vh_owner; search_path=vh, public, not empty',
    },
    {
      fault: 'a function that lends out a superuser',
      sql: 'alter function vh.link_vh(text) owner to ehg_admin',
      finds: 'vh.link_vh: owned by ehg_admin',
    },
    {
      fault: 'a procedure that lends out a role with BYPASSRLS',
      sql: `create role sees_all nologin bypassrls;
            create procedure public.lend() language sql security definer set search_path = '' as 'select';
            alter procedure public.lend() owner to sees_all`,
      finds: 'public.lend: owned by sees_all',
    },
  ],

  foreign_keys_across: [
    {
      fault: 'a foreign key from vh to eng',
      sql: 'alter table vh.ventures add constraint follows foreign key (sd_id) references eng.strategic_directives_v2',
      finds: [
        'eng.strategic_directives_v2: follows: vh.ventures references eng.strategic_directives_v2',
        'vh.ventures: follows: vh.ventures references eng.strategic_directives_v2',
      ],
    },
    {
      fault: 'a foreign key from eng to vh',
      sql: 'alter table eng.backlog_items add task_id uuid constraint done_by references vh.tasks',
      finds: [
        'eng.backlog_items: done_by: eng.backlog_items references vh.tasks',
        'vh.tasks: done_by: eng.backlog_items references vh.tasks',
      ],
    },
    {
      fault: 'a foreign key from outside both, which would block deletes',
      sql: 'create table public.notes (item uuid constraint about references eng.backlog_items)',
      finds: 'eng.backlog_items: about: public.notes references eng.backlog_items',
    },
  ],

  view_owners: [
    {
      fault: 'a view that belongs to a superuser',
      sql: 'alter view views.eng_trace owner to ehg_admin',
      finds: 'views.eng_trace: owned by ehg_admin; a superuser',
    },
    {
      fault: 'a view that belongs to the owner of its tables',
      sql: 'alter view views.eng_trace owner to eng_owner',
      finds: 'views.eng_trace: owned by eng_owner',
    },
    {
      fault: 'a view that belongs to a role with BYPASSRLS',
      sql: 'create role sees_all nologin bypassrls; alter view views.eng_trace owner to sees_all',
      finds: 'views.eng_trace: owned by sees_all; with BYPASSRLS',
    },
    {
      fault: 'an owner of views that was given BYPASSRLS',
      sql: 'alter role views_owner bypassrls',
      finds: [
        'views.change_summary',
        'views.eng_backlog_rollup',
        'views.eng_governance_summary',
        'views.eng_prd_payload_v1',
        'views.eng_trace',
        'views.vh_governance_snapshot',
        'views.vh_linkage_status',
        'views.vh_stage_progress',
      ].map((view) => `${view}: owned by views_owner; with BYPASSRLS`),
    },
    {
      fault: 'a view without security_barrier',
      sql: 'alter view views.eng_backlog_rollup reset (security_barrier)',
      finds: 'views.eng_backlog_rollup: owned by views_owner; no security_barrier',
    },
    {
      fault: 'a view whose security_barrier is off',
      sql: 'alter view views.eng_backlog_rollup set (security_barrier = off)',
      finds: 'views.eng_backlog_rollup: owned by views_owner; no security_barrier',
    },
    {
      fault: 'security_invoker on a view whose readers hold no table',
      sql: 'alter view views.eng_trace set (security_invoker = on)',
      finds: 'views.eng_trace: owned by views_owner; security_invoker',
    },
    {
      fault: 'a materialised view, which holds rows past any policy',
      sql: `create materialized view views.kept as select 1 as one; alter materialized view views.kept owner to views_owner`,
      finds: 'views.kept: owned by views_owner; materialised',
    },
    {
      fault: 'a view inside a domain that reads with the rights of its owner',
      sql: 'create view vh.open_tasks with (security_barrier) as select from vh.tasks; alter view vh.open_tasks owner to vh_owner',
      finds: 'vh.open_tasks: owned by vh_owner',
    },
    {
      fault: 'a view of no domain that reads with the rights of its owner',
      sql: 'create view public.logins as select * from vh.member_logins; alter view public.logins owner to vh_owner',
      finds: 'public.logins: owned by vh_owner; no security_barrier',
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
