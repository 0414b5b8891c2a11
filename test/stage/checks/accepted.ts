/** What a check must let pass, though it looks like a fault. */
export interface Harmless {
  readonly check: string;
  /** Completes the sentence "it accepts …". */
  readonly what: string;
  readonly sql: string;
}

const item = (number: number) => `'b1000000-0000-4000-8000-00000000000${number}'`;

export const harmless: readonly Harmless[] = [
  {
    check: 'objects',
    what: 'an object of every kind that a migration can make',
    sql: `create table eng.a_table (day date) partition by range (day);
          create view eng.a_view as select;
          create materialized view eng.kept as select;
          create sequence eng.a_sequence;
          create type eng.a_type as enum ('one');
          create function eng.a_function() returns void language sql return null;
          insert into drydock.expected_object
          values ('table', 'eng', 'a_table', '-'), ('view', 'eng', 'a_view', '-'), ('materialised view', 'eng', 'kept', '-'),
              ('sequence', 'eng', 'a_sequence', '-'), ('type', 'eng', 'a_type', '-'), ('function', 'eng', 'a_function', '-')`,
  },
  {
    check: 'server_rights',
    what: 'a role of others that watches the server, and a right less than the server came with',
    sql: `create role watcher;
          grant select on pg_catalog.pg_authid to watcher;
          grant execute on function pg_catalog.pg_ls_waldir() to watcher;
          revoke select on pg_catalog.pg_settings from public`,
  },
  {
    check: 'constraints_hold',
    what: 'a table without any constraint, and one that was validated later',
    sql: `create table eng.loose ();
          alter table vh.tasks add constraint titled check (title <> '') not valid;
          alter table vh.tasks validate constraint titled`,
  },
  {
    check: 'policies_write_more',
    what: 'policies that repeat their condition, leave it to "using", or let rows in that only others read',
    sql: `create policy repeated on vh.tasks for update to vh_service using (status = 'x') with check (status = 'x');
          create policy left_out on vh.tasks for update to vh_service using (status = 'x');
          create policy letter_box on vh.tasks for insert to vh_service with check (true)`,
  },
  {
    check: 'policies_inherited',
    what: 'partitions with the policies of their parent, by other names, for single verbs, and with a subquery',
    sql: `create table vh.whole (id int primary key) partition by range (id);
          create table vh.part partition of vh.whole for values from (0) to (9);
          create policy everything on vh.whole to vh_service
              using (exists (select from vh.tasks where tasks.title = whole.id::text));
          create policy a on vh.part for select to vh_service
              using (exists (select from vh.tasks where tasks.title = part.id::text));
          create policy b on vh.part for insert to vh_service
              with check (exists (select from vh.tasks where tasks.title = part.id::text));
          create policy c on vh.part for update to vh_service
              using (exists (select from vh.tasks where tasks.title = part.id::text));
          create policy d on vh.part for delete to vh_service
              using (exists (select from vh.tasks where tasks.title = part.id::text))`,
  },
  {
    check: 'policies_overruled',
    what: 'who reads all and writes some, and one role that sees more than the others',
    sql: `create policy read on vh.tasks for select to analyst_ro using (true);
          create policy own on vh.tasks to analyst_ro using (status = 'pending');
          create policy few on vh.ventures for select to analyst_ro, auditor using (name = 'x');
          create policy more on vh.ventures for select to auditor using (true)`,
  },
  {
    check: 'views_callable',
    what: 'a view with functions and operators of the server’s',
    sql: 'create view views.plain as select upper(name) || lower(name) as a, now() as b from vh.ventures',
  },
  {
    check: 'foreign_keys_across',
    what: 'a foreign key inside one domain',
    sql: 'alter table vh.tasks add of_venture uuid references vh.ventures',
  },
  {
    check: 'rls',
    what: 'a right to TRUNCATE, for which there can be no policy',
    sql: `insert into drydock.contract_right values ('codex_staging', 'relation', 'eng', 'backlog_items', null, 'TRUNCATE')`,
  },
  {
    check: 'rls',
    what: 'a table that is secured as it appears, and has a policy',
    sql: `create table eng.notes ();
          create policy everything on eng.notes to eng_service, codex_staging using (true)`,
  },
  {
    check: 'policies_open',
    what: 'a policy to PUBLIC that only restricts',
    sql: 'create policy narrow on eng.backlog_items as restrictive using (true)',
  },
  {
    check: 'policies_spoofable',
    what: 'a setting that is read by a function which no policy calls',
    sql: `create function vh.unrelated() returns text language sql stable as $$ select current_setting('app.tenant') $$;
          create aggregate vh.last_of (text) (sfunc = textcat, stype = text)`,
  },
  {
    check: 'rights',
    what: 'what the owner granted itself',
    sql: 'set local role eng_owner; grant all on eng.backlog_items to eng_owner',
  },
  {
    check: 'roles',
    what: 'a login that is a member of a capability role',
    sql: "create role somebody login valid until 'tomorrow' in role analyst_ro",
  },
  {
    check: 'definer_functions',
    what: 'a function that runs with the rights of its caller',
    sql: `create function vh.plain() returns void language sql as 'select'`,
  },
  {
    check: 'notifications',
    what: 'a signal without a payload, and a comment about pg_notify()',
    sql: `create function vh.signal() returns void language sql as 'notify tasks; -- not pg_notify(rows)'`,
  },
  {
    check: 'view_owners',
    what: 'a view inside one domain that reads with the rights of its reader',
    sql: 'create view vh.open_tasks with (security_invoker, check_option = local) as select id from vh.tasks; alter view vh.open_tasks owner to vh_owner',
  },
  {
    check: 'append_only',
    what: 'an audit table with its guards',
    sql: `create table audit.notes (); select audit.make_append_only('audit.notes')`,
  },
  {
    check: 'audit_reconciled',
    what: 'a table that was emptied twice and filled again',
    sql: `truncate vh.stage_states; truncate vh.stage_states;
          insert into vh.stage_states (venture_id, stage) select id, 'stage_09' from vh.ventures`,
  },
  {
    check: 'audit_reconciled',
    what: 'rows that came through the parent and directly, moved between partitions, and went with a part or the whole',
    sql: `create table eng.days (n integer) partition by list (n);
          create table eng.day_1 partition of eng.days for values in (1);
          create table eng.day_2 partition of eng.days for values in (2) partition by list (n);
          create table eng.day_2_all partition of eng.day_2 default;
          insert into eng.days values (1), (2); insert into eng.day_1 values (1);
          update eng.days set n = 2; delete from eng.day_2_all where ctid = (select min(ctid) from eng.day_2_all);
          truncate eng.days; insert into eng.days values (1), (2), (2); truncate eng.day_2`,
  },
  {
    check: 'audit_reconciled',
    what: 'tables that inherit, written through the parent and directly',
    sql: `create table eng.parent (n integer); create table eng.child () inherits (eng.parent);
          insert into eng.child values (1), (2); insert into eng.parent values (3);
          update eng.parent set n = n + 1; delete from eng.parent where n < 4`,
  },
  {
    check: 'dependency_cycles',
    what: 'a chain of items',
    sql: `update eng.backlog_items set parent_id = ${item(2)} where id = ${item(1)};
          update eng.backlog_items set parent_id = ${item(3)} where id = ${item(2)};
          update eng.backlog_items set parent_id = ${item(4)} where id = ${item(3)}`,
  },
  {
    check: 'orphaned_links',
    what: 'a link that is not filled yet, which is the coverage’s business',
    sql: `update vh.projects set eng_sd_id = null where name = 'Project Alpha';
          update vh.tasks set eng_backlog_id = null where title = 'Task 1: Two-App Boundary, design';
          update vh.ventures set sd_id = null, prd_id = null, backlog_id = null where name = 'Venture Desk'`,
  },
  {
    check: 'trace_integrity',
    what: 'unfinished work without a commit',
    sql: `update eng.backlog_items set state = 'doing', commit_sha = null, pr_url = null`,
  },
];
