import type { PlantedFaults } from '../planted-fault.ts';

/** Faults in what lends out the rights of its owner: functions and views. */
export const lentRightsFaults: PlantedFaults = {
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

  notifications: [
    {
      fault: 'a function that notifies with what it reads',
      sql: `create function vh.tell() returns void language sql as 'select pg_notify(''rows'', title) from vh.tasks'; alter function vh.tell() owner to vh_owner`,
      finds: 'vh.tell: owned by vh_owner',
    },
    {
      fault: 'a trigger that notifies with the row',
      sql: `create function vh.tell() returns trigger language plpgsql as $$ begin execute format('NOTIFY rows, %L', new); return new; end $$; alter function vh.tell() owner to vh_owner`,
      finds: 'vh.tell: owned by vh_owner',
    },
    {
      fault: 'a procedure with a parsed body that notifies',
      sql: `create procedure vh.tell() language sql begin atomic select pg_notify('rows', title) from vh.tasks; end; alter procedure vh.tell() owner to vh_owner`,
      finds: 'vh.tell: owned by vh_owner',
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
};
