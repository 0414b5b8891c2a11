import { unguarded, type PlantedFaults } from '../planted-fault.ts';

/** A table that shows its reader some rows, and a partition that shows none yet. */
const partitioned = `create table vh.whole (id int primary key) partition by range (id);
  create table vh.part partition of vh.whole for values from (0) to (9);
  create policy read on vh.whole for select to vh_service using (id < 5);`;

/** Faults in row-level security: who sees which rows. */
export const rowSecurityFaults: PlantedFaults = {
  rls: [
    {
      fault: 'row-level security that is disabled',
      sql: `${unguarded} alter table eng.backlog_items disable row level security`,
      finds: 'eng.backlog_items: not enabled',
    },
    {
      fault: 'row-level security that is not forced on the owner',
      sql: `${unguarded} alter table vh.ventures no force row level security`,
      finds: 'vh.ventures: not forced',
    },
    {
      fault: 'a table without any policy',
      sql: 'drop policy owner_does_all on vh.member_logins',
      finds: 'vh.member_logins: no policy at all',
    },
    {
      fault: 'a policy that was dropped while its grant stayed',
      sql: 'drop policy agent_reads on vh.companies',
      finds: 'vh.companies: granted without a policy: codex_staging SELECT',
    },
    {
      fault: 'a policy for the wrong role',
      sql: 'alter policy agent_adds on eng.backlog_items to eng_service',
      finds: 'eng.backlog_items: granted without a policy: codex_staging INSERT',
    },
    {
      fault: 'a policy for the wrong verb',
      sql: `drop policy agent_changes on eng.backlog_items;
            create policy agent_changes on eng.backlog_items for delete to codex_staging using (true)`,
      finds: 'eng.backlog_items: granted without a policy: codex_staging UPDATE',
    },
    {
      fault: 'a policy that only restricts, and so lets nothing through',
      sql: `drop policy agent_reads on vh.tasks;
            create policy agent_reads on vh.tasks as restrictive for select to codex_staging using (true)`,
      finds: 'vh.tasks: granted without a policy: codex_staging SELECT',
    },
    {
      fault: 'a missing policy for a right on a single column',
      sql: 'drop policy linker_links on vh.tasks',
      finds: 'vh.tasks: granted without a policy: vh_linker UPDATE',
    },
    {
      fault: 'a partition that came without row-level security',
      sql: `${unguarded}
            create table vh.readings (at date) partition by range (at);
            create table vh.readings_2025 partition of vh.readings for values from ('2025-01-01') to ('2026-01-01');
            alter table vh.readings enable row level security, force row level security;
            create policy everything on vh.readings to vh_service, codex_staging using (true);
            create policy everything on vh.readings_2025 to vh_service, codex_staging using (true)`,
      finds: 'vh.readings_2025: not enabled; not forced',
    },
    {
      fault: 'a foreign table, which cannot have row-level security',
      sql: `create foreign data wrapper nothing;
            create server elsewhere foreign data wrapper nothing;
            create foreign table vh.elsewhere (id integer) server elsewhere`,
      finds: 'vh.elsewhere: not enabled; not forced; no policy at all',
    },
  ],

  rls_by_default: [
    {
      fault: 'a missing event trigger',
      sql: 'drop event trigger drydock_rls_by_default',
      finds: 'event trigger drydock_rls_by_default: is missing',
    },
    {
      fault: 'a disabled event trigger',
      sql: unguarded,
      finds: 'event trigger drydock_rls_by_default: ddl_command_end executes drydock.on_ddl(); enabled: D',
    },
    {
      fault: 'an event trigger that a replica session would skip',
      sql: 'alter event trigger drydock_rls_by_default enable',
      finds: 'event trigger drydock_rls_by_default: ddl_command_end executes drydock.on_ddl(); enabled: O',
    },
    {
      fault: 'an event trigger that looks at one way of making tables only',
      sql: `drop event trigger drydock_rls_by_default;
            create event trigger drydock_rls_by_default on ddl_command_end
                when tag in ('CREATE TABLE') execute function drydock.on_ddl();
            alter event trigger drydock_rls_by_default enable always`,
      finds:
        'event trigger drydock_rls_by_default: ddl_command_end executes drydock.on_ddl(); enabled: A, tags: CREATE TABLE',
    },
    {
      fault: 'an event trigger that waits for drops',
      sql: `drop event trigger drydock_rls_by_default;
            create event trigger drydock_rls_by_default on sql_drop execute function drydock.on_ddl();
            alter event trigger drydock_rls_by_default enable always`,
      finds: 'event trigger drydock_rls_by_default: sql_drop executes drydock.on_ddl()',
    },
    {
      fault: 'an event trigger of that name that does something else',
      sql: `create function public.nothing() returns event_trigger language plpgsql as 'begin end';
            drop event trigger drydock_rls_by_default;
            create event trigger drydock_rls_by_default on ddl_command_end execute function public.nothing();
            alter event trigger drydock_rls_by_default enable always`,
      finds: 'event trigger drydock_rls_by_default: ddl_command_end executes public.nothing()',
    },
  ],

  policies_open: [
    {
      fault: 'a policy to PUBLIC',
      sql: 'create policy open on eng.backlog_items for select using (true)',
      finds: 'eng.backlog_items: open: to PUBLIC',
    },
    {
      fault: 'a policy that was widened to PUBLIC',
      sql: 'alter policy agent_reads on vh.companies to public',
      finds: 'vh.companies: agent_reads: to PUBLIC',
    },
  ],

  owner_policies: [
    {
      fault: 'a table whose owner sees no row of it',
      sql: 'drop policy owner_does_all on vh.tasks',
      finds: 'vh.tasks: no policy for vh_owner',
    },
    {
      fault: 'a policy that lets the owner write only',
      sql: `drop policy owner_does_all on vh.tasks;
            create policy owner_writes on vh.tasks for insert to vh_owner with check (true)`,
      finds: 'vh.tasks: no policy for vh_owner',
    },
  ],

  policies_write_more: [
    {
      fault: 'a policy that chooses what is changed, and not what it becomes',
      sql: `create policy own on eng.backlog_items for update to codex_staging using (state = 'todo') with check (true)`,
      finds: 'eng.backlog_items: written past what is read: own',
    },
    {
      fault: 'two of them on one table, for every verb',
      sql: `create policy b on vh.tasks to vh_service using (status = 'pending') with check (true);
            create policy a on vh.tasks to vh_service using (false) with check (true)`,
      finds: 'vh.tasks: written past what is read: a, b',
    },
  ],

  policies_inherited: [
    {
      fault: 'a partition that shows its reader more than its parent does',
      sql: `${partitioned} create policy read on vh.part for select to vh_service using (true)`,
      finds: 'vh.part: held to other rows than its parent: vh_service SELECT',
    },
    {
      fault: 'a parent that shows more than the partition, by which it is read all the same',
      sql: `${partitioned} create policy read on vh.part for select to vh_service using (false)`,
      finds: 'vh.part: held to other rows than its parent: vh_service SELECT',
    },
    {
      fault: 'a partition without the policy that only restricts its parent',
      sql: `${partitioned} create policy read on vh.part for select to vh_service using (id < 5);
            create policy narrow on vh.whole as restrictive for select to vh_service using (id <> 3)`,
      finds: 'vh.part: held to other rows than its parent: vh_service SELECT',
    },
    {
      fault: 'a table that inherits, and lets change more',
      sql: `create table vh.base (id int);
            create policy service on vh.base to vh_service using (id < 5);
            create table vh.heir () inherits (vh.base);
            create policy service on vh.heir to vh_service using (id < 5) with check (id < 6)`,
      finds: 'vh.heir: held to other rows than its parent: vh_service INSERT, vh_service UPDATE',
    },
  ],

  policies_overruled: [
    {
      fault: 'a second policy for the same role and verb, that lets all rows through',
      sql: `create policy few on vh.tasks for select to analyst_ro using (status = 'pending');
            create policy extra on vh.tasks for select to analyst_ro using (true)`,
      finds: 'vh.tasks: few: decides nothing beside extra',
    },
    {
      fault: 'one for every verb beside several narrow ones',
      sql: `create policy few on vh.tasks for select to analyst_ro using (status = 'pending');
            create policy more on vh.tasks for insert to analyst_ro with check (status = 'pending');
            create policy extra on vh.tasks to analyst_ro, auditor using (true)`,
      finds: ['vh.tasks: few: decides nothing beside extra', 'vh.tasks: more: decides nothing beside extra'],
    },
  ],

  policies_spoofable: [
    {
      fault: 'a policy that reads a setting',
      sql: `alter policy service_does_all on eng.backlog_items using (title = current_setting('app.title', true))`,
      finds: 'eng.backlog_items: service_does_all: the policy reads a setting',
    },
    {
      fault: 'a policy whose check of new rows reads a setting',
      sql: `alter policy agent_adds on eng.backlog_items with check (title = current_setting('app.title', true))`,
      finds: 'eng.backlog_items: agent_adds: the policy reads a setting',
    },
    {
      fault: 'a policy that calls a function which reads a setting',
      sql: `create function vh.tenant() returns text language sql stable as $$ select current_setting('app.tenant', true) $$;
            alter policy service_does_all on vh.companies using (name = (select vh.tenant()))`,
      finds: 'vh.companies: service_does_all: vh.tenant() reads a setting',
    },
    {
      fault: 'a policy whose function calls another that reads a setting',
      sql: `create function vh.setting() returns text language sql stable return current_setting('app.tenant', true);
            create function vh.tenant() returns text language plpgsql stable as $$ begin return vh.setting(); end $$;
            alter policy service_does_all on vh.companies using (name = (select vh.tenant()))`,
      finds: 'vh.companies: service_does_all: vh.setting() reads a setting',
    },
  ],
};
