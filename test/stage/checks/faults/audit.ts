import { unguarded, type PlantedFaults } from '../planted-fault.ts';

const partitioned = `create table eng.days (n integer) partition by list (n);
  create table eng.day_1 partition of eng.days for values in (1);
  create table eng.day_2 partition of eng.days for values in (2);
  insert into eng.days values (1), (2);`;

/** Faults in the record of what happened. */
export const auditFaults: PlantedFaults = {
  append_only: [
    {
      fault: 'a guard that was dropped',
      sql: 'drop trigger drydock_append_only on audit.change_log',
      finds: 'audit.change_log: open to update and delete',
    },
    {
      fault: 'a guard that is disabled',
      sql: 'alter table audit.lease_event disable trigger drydock_no_truncate',
      finds: 'audit.lease_event: open to truncate',
    },
    {
      fault: 'guards that a replica session would skip',
      sql: 'alter table audit.migration_log enable trigger drydock_append_only, enable trigger drydock_no_truncate',
      finds: 'audit.migration_log: open to truncate, update and delete',
    },
    {
      fault: 'a guard that looks at some rows only',
      sql: `drop trigger drydock_append_only on audit.change_log;
            create trigger drydock_append_only before update or delete on audit.change_log for each row
                when (old.operation <> 'DELETE') execute function audit.refuse_change();
            alter table audit.change_log enable always trigger drydock_append_only`,
      finds: 'audit.change_log: open to update and delete',
    },
    {
      fault: 'a guard that looks at one column only',
      sql: `drop trigger drydock_append_only on audit.change_log;
            create trigger drydock_append_only before delete or update of operation on audit.change_log for each row
                execute function audit.refuse_change();
            alter table audit.change_log enable always trigger drydock_append_only`,
      finds: 'audit.change_log: open to update and delete',
    },
    {
      fault: 'a guard that lets DELETE through',
      sql: `drop trigger drydock_append_only on audit.change_log;
            create trigger drydock_append_only before update on audit.change_log for each row
                execute function audit.refuse_change();
            alter table audit.change_log enable always trigger drydock_append_only`,
      finds: 'audit.change_log: open to update and delete',
    },
    {
      fault: 'a guard of that name that refuses nothing',
      sql: `create function public.nothing() returns trigger language plpgsql as 'begin return new; end';
            drop trigger drydock_append_only on audit.change_log;
            create trigger drydock_append_only before update or delete on audit.change_log for each row
                execute function public.nothing();
            alter table audit.change_log enable always trigger drydock_append_only`,
      finds: 'audit.change_log: open to update and delete',
    },
    {
      fault: 'a new audit table without guards',
      sql: 'create table audit.notes ()',
      finds: 'audit.notes: open to truncate, update and delete',
    },
    {
      fault: 'a partition that can be emptied',
      sql: `create table audit.days (day date) partition by range (day);
            select audit.make_append_only('audit.days');
            create table audit.days_2025 partition of audit.days for values from ('2025-01-01') to ('2026-01-01')`,
      finds: 'audit.days_2025: open to truncate',
    },
  ],

  audit_coverage: [
    {
      fault: 'a trigger that was dropped',
      sql: 'drop trigger drydock_log_update on eng.backlog_items',
      finds: 'eng.backlog_items: not logged: update',
    },
    {
      fault: 'a trigger that is disabled',
      sql: 'alter table vh.ventures disable trigger drydock_log_delete',
      finds: 'vh.ventures: not logged: delete',
    },
    {
      fault: 'a trigger that a replica session would skip',
      sql: 'alter table vh.ventures enable trigger drydock_log_truncate',
      finds: 'vh.ventures: not logged: truncate',
    },
    {
      fault: 'a trigger that looks at some sessions only',
      sql: `drop trigger drydock_log_insert on vh.tasks;
            create trigger drydock_log_insert after insert on vh.tasks referencing new table as new_rows
                for each statement when (session_user <> 'ehg_admin') execute function audit.log_change();
            alter table vh.tasks enable always trigger drydock_log_insert`,
      finds: 'vh.tasks: not logged: insert',
    },
    {
      fault: 'a trigger of that name that calls another function',
      sql: `drop trigger drydock_log_insert on vh.tasks;
            create trigger drydock_log_insert after insert on vh.tasks execute function vh.touch_updated_at();
            alter table vh.tasks enable always trigger drydock_log_insert`,
      finds: 'vh.tasks: not logged: insert',
    },
    {
      fault: 'a verb that is not logged where another is logged twice',
      sql: `drop trigger drydock_log_delete on vh.tasks;
            create trigger again after insert on vh.tasks referencing new table as new_rows
                for each statement execute function audit.log_change();
            alter table vh.tasks enable always trigger again`,
      finds: 'vh.tasks: not logged: delete',
    },
    {
      fault: 'a table that came without any trigger',
      sql: `${unguarded} create table eng.by_hand ()`,
      finds: 'eng.by_hand: not logged: delete, insert, truncate, update',
    },
  ],

  audit_reconciled: [
    {
      fault: 'a row that was written past the trigger',
      sql: `alter table vh.companies disable trigger drydock_log_insert;
            insert into vh.companies (name) values ('Unlogged')`,
      finds: 'vh.companies: 3 rows, 2 logged as inserted and not deleted',
    },
    {
      fault: 'a row that was deleted past the trigger',
      sql: `alter table vh.tasks disable trigger drydock_log_delete;
            delete from vh.tasks where id = '71000000-0000-4000-8000-000000000006'`,
      finds: 'vh.tasks: 5 rows, 6 logged as inserted and not deleted',
    },
    {
      fault: 'a table that was emptied past the trigger',
      sql: 'alter table vh.stage_states disable trigger drydock_log_truncate; truncate vh.stage_states',
      finds: 'vh.stage_states: 0 rows, 3 logged as inserted and not deleted',
    },
    {
      fault: 'a row that was written past the trigger after the table was emptied',
      sql: `truncate vh.stage_states;
            alter table vh.stage_states disable trigger drydock_log_insert;
            insert into vh.stage_states (venture_id, stage) select id, 'stage_09' from vh.ventures limit 1`,
      finds: 'vh.stage_states: 1 rows, 0 logged as inserted and not deleted',
    },
    {
      fault: 'a log entry that was taken out',
      sql: `alter table audit.change_log disable trigger all;
            delete from audit.change_log where table_name = 'vh.companies'`,
      finds: 'vh.companies: 2 rows, 0 logged as inserted and not deleted',
    },
    {
      fault: 'a table that was filled before it was logged',
      sql: `${unguarded} create table eng.copied as select 1 as one; select drydock.secure_table('eng.copied')`,
      finds: 'eng.copied: 1 rows, 0 logged as inserted and not deleted',
    },
    {
      fault: 'a row that was written into a partition past its trigger',
      sql: `${partitioned} alter table eng.day_1 disable trigger drydock_log_insert;
            insert into eng.day_1 values (1), (1)`,
      finds: 'eng.days: 4 rows in 3 tables, 2 logged as inserted and not deleted',
    },
    {
      fault: 'a row that was written into a partition past its trigger, after another was emptied',
      sql: `${partitioned} truncate eng.day_2; alter table eng.day_1 disable trigger drydock_log_insert;
            insert into eng.day_1 values (1), (1)`,
      finds: 'eng.days: 3 rows in 3 tables, 2 logged as inserted and not deleted',
    },
    {
      fault: 'a row of a child table that was deleted past the triggers of its parent',
      sql: `create table eng.parent (n integer); create table eng.child () inherits (eng.parent);
            insert into eng.child values (1), (2); insert into eng.parent values (3);
            alter table eng.parent disable trigger drydock_log_delete; delete from eng.parent where n < 3`,
      finds: 'eng.parent: 1 rows in 2 tables, 3 logged as inserted and not deleted',
    },
  ],
};
