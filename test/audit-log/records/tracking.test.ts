import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import {
  connectWorkspaces,
  getAuditTrail,
  logAuditEvent,
  trackTable,
  type TrackOrder,
} from '../../../audit-log/records/index.ts';
import { test } from '../../support/record-test.ts';
import { anEvent, monthsAgo, otherWorkspace, partitionOf, workspace } from '../../support/records.ts';

describe('partitions', () => {
  test('three months are kept ahead, and making them waits for no reader and stops no writer', async ({ database }) => {
    const [session, slow, quick] = [await database.superuser(), await database.superuser(), await database.superuser()];
    await session.query(`drop table audit.${partitionOf(monthsAgo(-3))}`);
    await slow.query('begin');
    await slow.query('select count(*) from audit.audit_events');
    expect(await session.row('select audit.keep_audit_partitions_ahead(4) as made')).toEqual({ made: 2 });
    await quick.query("set lock_timeout = '50ms'");
    await logAuditEvent(quick, anEvent());
  });

  test('without a partition a record goes to quarantine, and upkeep brings it home', async ({ database }) => {
    const session = await database.superuser();
    await session.query(`drop table audit.${partitionOf(monthsAgo(0))}`);
    const id = await logAuditEvent(session, anEvent({ newValues: { a: 1 } }));
    await session.script(
      `create table t (id uuid primary key); select audit.track('t', null, null, '{}', '{}'); insert into t values (gen_random_uuid())`,
    );
    expect(await session.row('select count(*) as held from audit.audit_events_quarantine')).toEqual({ held: 3 });
    await expect(session.query('delete from audit.audit_events_quarantine')).rejects.toMatchObject({ code: 'DD001' });
    const unwell = await session.query('select item from audit.vw_audit_health where not healthy order by 1');
    expect(unwell.rows).toEqual([{ item: 'partitions ahead' }, { item: 'quarantine' }]);
    await session.query('select audit.create_monthly_audit_partition()');
    expect(await session.row('select count(*) as held from audit.audit_events_quarantine')).toEqual({ held: 0 });
    expect((await getAuditTrail(session, workspace)).map((record) => record.id)).toEqual([id]);
    await database.seal();
    expect((await database.verify()).problems).toEqual([]);
  });

  test('are told from tables of others whatever the planner reads first', async ({ database }) => {
    const session = await database.superuser();
    await session.script(
      'set enable_nestloop = off; set enable_mergejoin = off; create table strangers_9999_99 (id int)',
    );
    const { rows } = await session.query("select month from audit.audit_partition where month > '2000-01-01'");
    expect(rows.length).toBeGreaterThan(0);
  });

  test('every leaf has settings for a table that only grows, and the parent has no default partition', async ({
    database,
  }) => {
    const session = await database.superuser();
    const { rows } = await session.query<{ options: string[] | null }>(
      `select reloptions as options from pg_class where oid in (select relation from audit.audit_partition)`,
    );
    for (const { options } of rows) expect(options).toContain('autovacuum_vacuum_insert_scale_factor=0.05');
    expect(
      await session.row(`select partdefid from pg_partitioned_table where partrelid = 'audit.audit_events'::regclass`),
    ).toEqual({ partdefid: 0 });
  });
});

describe('a tracked table', () => {
  test('is recorded by statement: insert, update, changed key, delete and truncate, names quoted as they are', async ({
    database,
  }) => {
    const session = await database.superuser();
    await session.script(`create schema "App"; create table "App"."Line Item" (
      "Order" int, "Nr%" int, ws uuid, "E-Mail" text, seen timestamptz, price numeric, primary key ("Order", "Nr%"))`);
    const table = '"App"."Line Item"';
    await trackTable(session, { table, workspace: 'ws', personal: ['E-Mail'], ignored: ['seen'] });
    await session.query(
      `insert into ${table} select 1, n, $1, 'a' || n || '@x.example', now(), n from generate_series(1, 3) as n`,
      [workspace],
    );
    await session.query(`update ${table} set seen = now()`);
    await session.query(`update ${table} set price = price + 1, "E-Mail" = 'new@x.example' where "Nr%" = 1`);
    await session.query(`update ${table} set "Nr%" = 9 where "Nr%" = 3`);
    await session.query(`delete from ${table} where "Nr%" = 2`);
    await session.query(`truncate ${table}`);
    const { rows } = await session.query<{
      action_type: string;
      changed_fields: string[];
      old_values: object;
      new_values: object;
    }>(
      `select action_type, changed_fields, old_values, new_values, workspace_id from audit.audit_events where resource_type = $1
       order by transaction_id, new_values is not null, old_values`,
      [table],
    );
    expect(rows.map(({ action_type: action }) => action)).toEqual([
      ...['INSERT', 'INSERT', 'INSERT', 'UPDATE', 'UPDATE', 'UPDATE', 'DELETE', 'TRUNCATE'],
    ]);
    expect(rows[3]).toMatchObject({
      changed_fields: ['E-Mail', 'price'],
      old_values: { price: 1 },
      new_values: { price: 2 },
    });
    expect(rows[4]).toMatchObject({ old_values: { 'Nr%': 3 }, new_values: null });
    expect(rows[5]).toMatchObject({ old_values: null, new_values: { 'Nr%': 9 } });
    expect(JSON.stringify(rows)).not.toContain('x.example');
    expect(JSON.stringify(rows)).not.toContain('seen');
  });

  test('says who acted: the user that the application named, else the login', async ({ database }) => {
    const session = await database.superuser();
    await session.script('create table public.note (id uuid primary key default gen_random_uuid(), text text)');
    await trackTable(session, { table: 'public.note', personal: [], ignored: [] });
    const user = randomUUID();
    await session.transaction(async () => {
      await session.query('select set_config($1, $2, true)', ['app.current_user_id', user]);
      await session.query(`insert into note (text) values ('a')`);
    });
    await session.query(`insert into note (text) values ('b')`);
    const { rows } = await session.query(
      `select created_by_user_id from audit.audit_events where resource_type = 'public.note' order by transaction_id`,
    );
    const { actor } = await session.row<{ actor: string }>('select audit.role_actor() as actor');
    expect(rows).toEqual([{ created_by_user_id: user }, { created_by_user_id: actor }]);
  });

  test('is recorded in its partitions too, and one that came later is not well until it is tracked again', async ({
    database,
  }) => {
    const session = await database.superuser();
    await session.script(`create table day (id int, at date, said text, primary key (id, at)) partition by range (at);
      create table "Day 1" (said text, at date not null, id int not null);
      alter table day attach partition "Day 1" for values from ('2020-01-01') to ('2020-01-02')`);
    await trackTable(session, { table: 'day', personal: [], ignored: [] });
    await session.query(`insert into day values (1, '2020-01-01', 'by the parent')`);
    await session.query(`insert into "Day 1" (id, at, said) values (2, '2020-01-01', 'past the parent')`);
    await session.query(`update "Day 1" set said = 'changed' where id = 1`);
    await session.query('truncate "Day 1"');
    const { rows } = await session.query(
      `select action_type, new_values ->> 'said' as said, metadata from audit.audit_events where resource_type = 'public.day' order by transaction_id`,
    );
    expect(rows).toEqual([
      { action_type: 'INSERT', said: 'by the parent', metadata: null },
      { action_type: 'INSERT', said: 'past the parent', metadata: null },
      { action_type: 'UPDATE', said: 'changed', metadata: null },
      { action_type: 'TRUNCATE', said: null, metadata: { partition: 'public."Day 1"' } },
    ]);

    const tracking = () => session.row(`select healthy, detail from audit.vw_audit_health where item = 'tracking'`);
    await session.query(`create table day_2 partition of day for values from ('2020-01-02') to ('2020-01-03')`);
    expect(await tracking()).toEqual({ healthy: false, detail: 'public.day (day_2) lost triggers' });
    await trackTable(session, { table: 'day', personal: [], ignored: [] });
    expect(await tracking()).toMatchObject({ healthy: true });
    await session.query(`create table stranger (id int primary key)`);
    await session.script(`do $$ begin
      execute (select format('create trigger t after truncate on stranger execute function %s', tgfoid::regprocedure)
        from pg_trigger where tgrelid = 'day'::regclass and tgname = 'record_truncate'); end; $$`);
    await expect(session.query('truncate stranger')).rejects.toMatchObject({ code: 'DD003' });
  });

  test.for<[setUp: string, order: TrackOrder, said: string]>([
    ['create table t1 (a int)', { table: 't1', personal: [], ignored: [] }, 'no primary key'],
    ['create table t2 (a int primary key)', { table: 't2', personal: ['b'], ignored: [] }, 'no column b'],
    ['create table t3 (a text primary key)', { table: 't3', personal: ['a'], ignored: [] }, 'personal'],
    ['select', { table: 'nowhere', personal: [], ignored: [] }, 'does not exist'],
    [
      'create table t6 (a int primary key, area text)',
      { table: 't6', workspace: 'area', personal: [], ignored: [] },
      'the column area of public.t6 holds text',
    ],
    [
      'create table t7 (a int primary key, person int)',
      { table: 't7', subject: 'person', personal: [], ignored: [] },
      'the column person of public.t7 holds integer',
    ],
    ['create view t8 as select 1 as a', { table: 't8', personal: [], ignored: [] }, 'public.t8 is no table'],
  ])('is refused after %s', async ([setUp, order, said], { database }) => {
    const session = await database.superuser();
    await session.query(setUp);
    await expect(trackTable(session, order)).rejects.toMatchObject({
      code: 'RECORDS_UNTRACKABLE',
      message: expect.stringContaining(said),
    });
  });

  test.for<[fault: string, order: Partial<TrackOrder>, hint: string]>([
    ['a name in the wrong letters', { table: 'Named.Thing' }, 'quoted'],
    ['a name that SQL does not read', { table: 'two words' }, 'quoted'],
    ['a column that is not there', { personal: ['mail'] }, 'letters'],
    ['a workspace that is no uuid', { workspace: 'Mail' }, 'uuid'],
  ])('refused for %s says what to do', async ([, order, hint], { database }) => {
    const session = await database.superuser();
    await session.script(
      'create schema if not exists "Named"; create table if not exists "Named"."Thing" (id int primary key, "Mail" text)',
    );
    await expect(
      trackTable(session, { table: '"Named"."Thing"', personal: [], ignored: [], ...order }),
    ).rejects.toMatchObject({ code: 'RECORDS_UNTRACKABLE', hint: expect.stringContaining(hint) });
  });

  test('may name its workspace in a domain over uuid', async ({ database }) => {
    const session = await database.superuser();
    await session.script(`create domain place as uuid; create table t9 (a int primary key, area place, note text)`);
    await trackTable(session, { table: 't9', workspace: 'area', personal: ['note'], ignored: [] });
    await session.query(`insert into t9 values (1, $1, 'x')`, [workspace]);
    const records = await getAuditTrail(session, workspace);
    expect(records.map((record) => record.resource_type)).toContain('public.t9');
  });

  test('that lost a trigger is not well', async ({ database }) => {
    const session = await database.superuser();
    await session.rolledBack(async () => {
      await session.query('create table t5 (id int primary key)');
      await session.query(`select audit.track('t5', null, null, '{}', '{}')`);
      await session.query('alter table t5 disable trigger record_delete');
      const { rows } = await session.query(`select healthy, detail from audit.vw_audit_health where item = 'tracking'`);
      expect(rows).toEqual([{ healthy: false, detail: 'public.t5 lost triggers' }]);
    });
  });
});

describe('workspaces of the application', () => {
  const [owner, member, stranger, robot] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

  test('are recorded, and only who belongs there may act', async ({ database }) => {
    const session = await database.superuser();
    await session.script(`create schema app; create table app.users (id uuid primary key); create table app.service_accounts (id uuid primary key);
      create table app.workspaces (id uuid primary key, owner_id uuid, name text, plan text, settings jsonb);
      create table app.users_workspaces (workspace_id uuid, user_id uuid, role text, joined_at timestamptz default now(), primary key (workspace_id, user_id));
      insert into app.users values ('${owner}'), ('${member}'), ('${stranger}'); insert into app.service_accounts values ('${robot}')`);
    await connectWorkspaces(session, {
      workspaces: 'app.workspaces',
      users: 'app.users',
      members: 'app.users_workspaces',
      serviceAccounts: 'app.service_accounts',
    });
    await session.query(`insert into app.workspaces values ($1, $2, 'Acme', 'free', '{}')`, [workspace, owner]);
    await logAuditEvent(session, anEvent({ createdByUserId: owner, actionType: 'CREATE_WORKSPACE' }));
    await session.query(`insert into app.users_workspaces values ($1, $2, 'editor')`, [workspace, member]);
    await logAuditEvent(session, anEvent({ createdByUserId: member }));
    await logAuditEvent(session, anEvent({ createdByUserId: robot }));
    const refused = { cause: { code: '23514', constraint: 'check_audit_workspace_membership' } };
    await expect(logAuditEvent(session, anEvent({ createdByUserId: stranger }))).rejects.toMatchObject(refused);
    await expect(
      logAuditEvent(session, anEvent({ createdByUserId: robot, workspaceId: otherWorkspace })),
    ).rejects.toMatchObject(refused);

    await session.query(`update app.users_workspaces set role = 'admin'`);
    await session.query(`update app.users_workspaces set joined_at = now()`);
    await session.query(`update app.workspaces set settings = '{"theme": "dark"}'`);
    await session.query(`update app.workspaces set plan = 'pro'`);
    await session.query(`update app.workspaces set plan = 'pro'`);
    await session.query('delete from app.users_workspaces');
    await logAuditEvent(
      session,
      anEvent({ createdByUserId: member, resourceId: member, actionType: 'REMOVE_WORKSPACE_MEMBER' }),
    );
    await expect(logAuditEvent(session, anEvent({ createdByUserId: member }))).rejects.toMatchObject(refused);
    await session.query('delete from app.workspaces');
    expect(await session.row('select count(*) as left from app.workspaces')).toEqual({ left: 0 });

    const { rows } = await session.query<{ action: string; tags: string[]; metadata: object; actor: string }>(
      `select action_type as action, tags, metadata, created_by_user_id as actor from audit.audit_events
       where source = 'trigger' order by transaction_id`,
    );
    expect(rows.map(({ action }) => action)).toEqual([
      ...['CREATE_WORKSPACE', 'ADD_WORKSPACE_MEMBER', 'CHANGE_WORKSPACE_MEMBER_ROLE', 'UPDATE_WORKSPACE_SETTINGS'],
      ...['UPDATE_WORKSPACE', 'REMOVE_WORKSPACE_MEMBER', 'DELETE_WORKSPACE'],
    ]);
    expect(rows[0]!.actor).toBe(owner);
    expect(rows[2]).toMatchObject({ tags: ['privilege-change'], metadata: { role_from: 'editor', role_to: 'admin' } });
    expect(rows[4]!.metadata).toMatchObject({
      changed_fields: ['plan'],
      changes: { plan: { from: 'free', to: 'pro' } },
    });
    expect(rows[5]).toMatchObject({ tags: ['access-revoked'], metadata: { role_at_removal: 'admin', tenure_days: 0 } });
    expect(rows[6]).toMatchObject({
      tags: ['destructive', 'requires-approval'],
      metadata: { name: 'Acme', members_at_deletion: 0 },
    });
  });
});
