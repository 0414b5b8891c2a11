import type { PlantedFaults } from '../planted-fault.ts';

/** Faults in what there is: files, objects, owners, extensions, constraints. */
export const structureFaults: PlantedFaults = {
  connection: [
    {
      fault: 'a database that the contract is not for',
      sql: `update drydock.contract_right set object_name = 'somewhere_else' where kind = 'database'`,
      finds: 'database ehg_stage: the contract is for somewhere_else',
    },
  ],

  schemas: [
    {
      fault: 'a schema that belongs to its service',
      sql: 'alter schema eng owner to eng_service',
      finds: 'schema eng: owned by eng_service, expected eng_owner',
    },
    {
      fault: 'an audit schema that belongs to the administrator',
      sql: 'alter schema audit owner to ehg_admin',
      finds: 'schema audit: owned by ehg_admin, expected audit_owner',
    },
    {
      fault: 'a domain whose schema is gone',
      sql: `insert into drydock.domain values ('crew', 'eng_owner', 'eng_service')`,
      finds: 'schema crew: is missing',
    },
  ],

  extensions: [
    {
      fault: 'an extension that nobody declared',
      sql: 'create extension pg_trgm schema extensions',
      finds: 'pg_trgm: installed, but not declared',
    },
    {
      fault: 'a declared extension that is not installed',
      sql: 'drop extension pgcrypto',
      finds: 'pgcrypto: declared, but not installed',
    },
    {
      fault: 'an extension in a schema that is on search paths',
      sql: 'alter extension pgcrypto set schema public',
      finds: 'pgcrypto: version 1.3 in schema public',
    },
  ],

  migration_history: [
    {
      fault: 'a migration that was edited after it was applied',
      sql: `update drydock.expected_file set sha256 = repeat('0', 64) where path = 'sql/eng/0050_backlog_items.sql'`,
      finds: 'sql/eng/0050_backlog_items.sql: edited after it was applied',
    },
    {
      fault: 'a migration that was not applied',
      sql: `insert into drydock.expected_file values ('sql/eng/0060_late.sql', repeat('0', 64), 'migration')`,
      finds: 'sql/eng/0060_late.sql: on disk, but not applied',
    },
    {
      fault: 'a migration that was applied by hand',
      sql: `insert into audit.migration_log (version, sha256, applied_by, duration_ms)
            values ('hotfix.sql', repeat('0', 64), 'somebody', 1)`,
      finds: 'hotfix.sql: applied, but not on disk',
    },
  ],

  backfills_finished: [
    {
      fault: 'a backfill that has not run',
      sql: `delete from drydock.backfill_state where file = 'sql/backfills/0100_sample_tasks.sql'`,
      finds: 'sql/backfills/0100_sample_tasks.sql: has not run',
    },
    {
      fault: 'a backfill that stopped half-way',
      sql: `update drydock.backfill_state set finished_at = null, changed = 2 where file = 'sql/backfills/0100_sample_tasks.sql'`,
      finds: 'sql/backfills/0100_sample_tasks.sql: unfinished: 2 of 6 rows',
    },
    {
      fault: 'a backfill that was edited since it ran',
      sql: `update drydock.expected_file set sha256 = repeat('0', 64) where path = 'sql/backfills/0140_backlog_titles.sql'`,
      finds: 'sql/backfills/0140_backlog_titles.sql: edited since it ran',
    },
    {
      fault: 'a backfill that said success and changed fewer rows than it counted',
      sql: `update drydock.backfill_state set changed = 0 where file = 'sql/backfills/0110_governance_owner.sql'`,
      finds: 'sql/backfills/0110_governance_owner.sql: 0 of 4 rows',
    },
  ],

  objects: [
    {
      fault: 'a table that was dropped',
      sql: 'drop table vh.ingest_runs',
      finds: 'table vh.ingest_runs: is missing; made by sql/vh/0070_ingest_runs.sql',
    },
    {
      fault: 'a table that was renamed',
      sql: 'alter table eng.backlog_items rename to backlog',
      finds: 'table eng.backlog_items: is missing',
    },
    {
      fault: 'a table that was moved to another schema',
      sql: 'alter table vh.ingest_runs set schema eng',
      finds: 'table vh.ingest_runs: is missing',
    },
    {
      fault: 'a view that was replaced by a table',
      sql: 'drop view views.change_summary; create table views.change_summary ()',
      finds: 'view views.change_summary: is missing; made by sql/views/0080_change_summary.sql',
    },
    {
      fault: 'a function that was renamed',
      sql: 'alter function vh.touch_updated_at() rename to touch',
      finds: 'function vh.touch_updated_at: is missing',
    },
  ],

  ownership: [
    {
      fault: 'a table that belongs to its service',
      sql: 'alter table eng.backlog_items owner to eng_service',
      finds: 'eng: relation backlog_items: owned by eng_service, expected eng_owner',
    },
    {
      fault: 'a table that belongs to the administrator',
      sql: 'create table vh.by_hand ()',
      finds: 'vh: relation by_hand: owned by ehg_admin, expected vh_owner',
    },
    {
      fault: 'a sequence that belongs to the administrator',
      sql: 'create sequence vh.by_hand',
      finds: 'vh: relation by_hand: owned by ehg_admin, expected vh_owner',
    },
    {
      fault: 'a type that belongs to the administrator',
      sql: `create type eng.mood as enum ('good', 'bad')`,
      finds: 'eng: type mood: owned by ehg_admin, expected eng_owner',
    },
    {
      fault: 'a view that belongs to a table owner',
      sql: 'alter view views.eng_trace owner to eng_owner',
      finds: 'views: relation eng_trace: owned by eng_owner, expected views_owner',
    },
    {
      fault: 'a function that belongs to the other domain',
      sql: 'alter function vh.touch_updated_at() owner to eng_owner',
      finds: 'vh: function touch_updated_at: owned by eng_owner, expected vh_owner',
    },
    {
      fault: 'an audit table that belongs to a domain',
      sql: 'alter table audit.change_log owner to eng_owner',
      finds: [
        'audit: relation change_log: owned by eng_owner, expected audit_owner',
        'audit: relation change_log_id_seq: owned by eng_owner, expected audit_owner',
      ],
    },
  ],

  views_callable: [
    {
      fault: 'a view that calls what its readers may not call',
      sql: `create function views.half(text) returns text language sql return $1;
            revoke execute on function views.half(text) from public;
            create view views.halves as select views.half(name) from vh.ventures;
            grant select on views.halves to analyst_ro`,
      finds: 'views.halves: analyst_ro may not call views.half(text)',
    },
    {
      fault: 'the same through another view, and an operator',
      sql: `create function views.same(text, text) returns boolean language sql return $1 = $2;
            revoke execute on function views.same(text, text) from public;
            create operator views.=== (leftarg = text, rightarg = text, function = views.same);
            create view views.inside as select name operator(views.===) name as a from vh.ventures;
            create view views.outside as select a from views.inside;
            grant select on views.outside to analyst_ro`,
      finds: 'views.outside: analyst_ro may not call views.same(text,text)',
    },
  ],

  views_compile: [
    {
      fault: 'a materialised view that was never filled',
      sql: 'create materialized view views.late as select 1 as one with no data; alter materialized view views.late owner to views_owner',
      finds: 'views.late: materialised, but never filled',
    },
  ],

  constraints_hold: [
    {
      fault: 'a constraint that was added past the rows that break it',
      sql: `alter table eng.backlog_items drop constraint priority_is_p0_to_p3;
            update eng.backlog_items set priority = 'High' where priority = 'P0';
            alter table eng.backlog_items add constraint priority_is_p0_to_p3 check (priority in ('P1', 'P2', 'P3')) not valid`,
      finds: 'eng.backlog_items: never held against its rows: priority_is_p0_to_p3',
    },
    {
      fault: 'a foreign key that was never looked up',
      sql: 'alter table vh.tasks add constraint another foreign key (project_id) references vh.projects not valid',
      finds: 'vh.tasks: never held against its rows: another',
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

  durable_tables: [
    {
      fault: 'a table that a crash would empty',
      sql: 'create unlogged table eng.scratch (id integer primary key)',
      finds: 'eng.scratch: unlogged',
    },
  ],
};
