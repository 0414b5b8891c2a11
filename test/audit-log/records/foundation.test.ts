import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectWorkspaces,
  getAuditTrail,
  logAuditEvent,
  migrateRecords,
  trackTable,
  type TrailRecord,
} from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { anEvent, monthsAgo, otherWorkspace, pastRecords, RecordDatabase, workspace } from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

let server: Staging;
let database: RecordDatabase;
let admin: Session;
let writer: Session;
let reader: Session;
beforeAll(async () => {
  server = await Staging.start();
  database = await RecordDatabase.make(server);
  admin = await database.superuser();
  writer = await database.login('record_writer');
  reader = await database.login('record_reader');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function recordOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await admin.query('select * from audit.audit_events where id = $1', [id]);
  return rows[0]!;
}

describe('logAuditEvent and getAuditTrail', () => {
  test('what was written is read, with everything that was said', async () => {
    const given = anEvent({
      oldValues: { name: 'a', gone: 1, same: true },
      newValues: { name: 'b', added: null, same: true },
      ipAddress: '10.1.2.3',
      userAgent: 'curl/8',
      tags: ['x'],
      metadata: { why: 'because' },
      occurredAt: '2020-02-02T02:02:02Z',
      requestId: randomUUID(),
    });
    const id = await logAuditEvent(writer, given);
    const [read] = await getAuditTrail(reader, workspace, { resourceType: 'profile', resourceId: given.resourceId });
    expect(read).toMatchObject({
      id,
      old_values: given.oldValues,
      new_values: given.newValues,
      changed_fields: ['added', 'gone', 'name'],
      ip_address: '10.1.2.3',
      user_agent: 'curl/8',
      metadata: { why: 'because' },
      request_id: given.requestId,
      occurred_at: '2020-02-02 02:02:02+00',
      personal: 'clear',
    });
  });

  test('the record itself holds no personal value, and what is declared clear it does', async () => {
    const id = await logAuditEvent(
      writer,
      anEvent({ newValues: { email: 'x@y.example', plan: 'free' }, clear: ['plan'] }),
    );
    const record = await recordOf(id);
    expect(record['new_values']).toEqual({ plan: 'free' });
    expect(JSON.stringify(record)).not.toContain('x@y.example');
    expect(record['recorded_by']).toMatch(/^record_writer_/);
  });

  test('a record of a transaction that is taken back is not there', async () => {
    const event = anEvent();
    await writer.rolledBack(() => logAuditEvent(writer, event));
    expect(await getAuditTrail(reader, workspace, { resourceId: event.resourceId })).toEqual([]);
  });

  test('a login reads the workspaces it is entered for, and no other', async () => {
    const tenant = await database.as('tenant_one', 'record_trail');
    await logAuditEvent(writer, anEvent());
    await expect(getAuditTrail(tenant, workspace)).rejects.toMatchObject({ code: 'RECORDS_FORBIDDEN' });
    await admin.query(`insert into audit.audit_workspace_reader values ('tenant_one', $1)`, [workspace]);
    expect((await getAuditTrail(tenant, workspace)).length).toBeGreaterThan(0);
    await expect(getAuditTrail(tenant, otherWorkspace)).rejects.toMatchObject({ code: 'RECORDS_FORBIDDEN' });
    for (const table of [
      'audit_events',
      'audit_events_all',
      `audit_events_${monthsAgo(0).slice(0, 7).replace('-', '_')}`,
    ])
      await expect(tenant.query(`select * from audit.${table}`)).rejects.toMatchObject({ code: '42501' });
  });

  test('who writes cannot read, and who reads cannot write', async () => {
    await expect(getAuditTrail(writer, workspace)).rejects.toMatchObject({ code: 'RECORDS_FORBIDDEN' });
    await expect(logAuditEvent(reader, anEvent())).rejects.toMatchObject({ code: 'RECORDS_FORBIDDEN' });
  });

  test('the trail of 100 shows hot and archived records, newest first', async () => {
    await using past = await RecordDatabase.make(server);
    const session = await past.superuser();
    await pastRecords(session, monthsAgo(5), 5);
    await session.query('select audit.archive_old_audit_events()');
    await logAuditEvent(session, anEvent());
    const trail = await getAuditTrail(session, workspace, { daysBack: 400 });
    expect(trail.map(({ tier }: TrailRecord) => tier)).toEqual(['hot', 'warm', 'warm', 'warm', 'warm', 'warm']);
    expect(trail.map(({ created_at }) => created_at)).toEqual(
      trail
        .map(({ created_at }) => created_at)
        .sort()
        .reverse(),
    );
  });
});

describe('the named checks', () => {
  test.each([
    ['check_action_type_not_empty', { actionType: '   ' }],
    ['check_resource_type_not_empty', { resourceType: '' }],
    ['check_workspace_id_not_null', { workspaceId: null as never }],
    ['check_created_by_user_id_not_null', { createdByUserId: null as never }],
    ['check_old_values_not_empty', { oldValues: {} }],
    ['check_new_values_not_empty', { newValues: [1] as never }],
  ])('%s', async (constraint, given) => {
    await expect(logAuditEvent(writer, anEvent(given))).rejects.toMatchObject({
      code: 'RECORDS_REFUSED',
      message: expect.stringContaining(constraint),
      cause: { code: '23514', constraint },
    });
  });

  const direct = (at: string) =>
    admin.query(
      `insert into audit.audit_events (created_by_user_id, action_type, resource_type, resource_id, workspace_id, created_at)
       values (gen_random_uuid(), 'TEST', 'workspace', gen_random_uuid(), gen_random_uuid(), ${at})`,
    );

  test('check_created_at_not_future, and a long transaction is not the future', async () => {
    await expect(direct(`clock_timestamp() + interval '1 hour'`)).rejects.toMatchObject({
      code: '23514',
      constraint: 'check_created_at_not_future',
    });
    await admin.rolledBack(async () => {
      await admin.query('select pg_sleep(1.1)'); // now() is over a second behind the clock
      await direct('clock_timestamp()');
    });
  });

  test('what is no uuid is refused as such, not for another reason', async () => {
    await expect(logAuditEvent(writer, anEvent({ workspaceId: 'ws-123' }))).rejects.toMatchObject({
      code: 'RECORDS_REFUSED',
      cause: { code: '22P02' },
    });
  });
});

describe('nobody changes a record:', () => {
  const current = `audit.audit_events_${monthsAgo(0).slice(0, 7).replace('-', '_')}`;
  test.each([
    `update audit.audit_events set action_type = 'MODIFIED'`,
    'delete from audit.audit_events',
    'truncate audit.audit_events',
    `update ${current} set action_type = 'MODIFIED'`,
    `delete from ${current}`,
    `truncate ${current}`,
    'delete from audit.audit_deletion_log',
    'truncate audit.audit_personal',
  ])('%s', async (deed) => {
    await logAuditEvent(writer, anEvent({ newValues: { a: 1 } }));
    await admin.query(
      `insert into audit.audit_deletion_log (deletion_reason, deletion_authority, records) values ('x', 'Manual', 0)`,
    );
    // a superuser, acting as a replica: the guards hold for both
    await expect(
      admin.rolledBack(async () => {
        await admin.query('set local session_replication_role = replica');
        await admin.query(deed);
      }),
    ).rejects.toMatchObject({ code: 'DD001', hint: expect.stringContaining('immutable') });
    await expect(
      admin.rolledBack(async () => {
        await admin.setLocalRole('record_owner');
        await admin.query(deed);
      }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(DD001|42501)$/) });
  });

  test('nor a partition that was detached', async () => {
    await admin.rolledBack(async () => {
      await admin.query(`alter table audit.audit_events detach partition ${current}`);
      await admin.query('savepoint detached');
      for (const deed of [`delete from ${current}`, `truncate ${current}`, `update ${current} set tags = '{}'`]) {
        await expect(admin.query(deed)).rejects.toMatchObject({ code: 'DD001' });
        await admin.query('rollback to savepoint detached');
      }
    });
  });

  test('honest transactions that end in another order than they began are not refused', async () => {
    const [early, late] = [await database.login('record_writer'), await database.login('record_writer')];
    await early.query('begin');
    await logAuditEvent(early, anEvent());
    await logAuditEvent(late, anEvent());
    await logAuditEvent(early, anEvent());
    await early.query('commit');
  });
});

describe('partitions', () => {
  test('three months are kept ahead, and making them waits for no reader and stops no writer', async () => {
    await using fresh = await RecordDatabase.make(server);
    const [session, slow, quick] = [await fresh.superuser(), await fresh.superuser(), await fresh.superuser()];
    await session.query(`drop table audit.audit_events_${monthsAgo(-3).slice(0, 7).replace('-', '_')}`);
    await slow.query('begin');
    await slow.query('select count(*) from audit.audit_events');
    expect(await session.row('select audit.keep_audit_partitions_ahead(4) as made')).toEqual({ made: 2 });
    await quick.query("set lock_timeout = '50ms'");
    await logAuditEvent(quick, anEvent());
  });

  test('without a partition a record goes to quarantine, and upkeep brings it home', async () => {
    await using fresh = await RecordDatabase.make(server);
    const session = await fresh.superuser();
    await session.query(`drop table audit.audit_events_${monthsAgo(0).slice(0, 7).replace('-', '_')}`);
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
    await fresh.seal();
    expect((await fresh.verify()).problems).toEqual([]);
  });

  test('every leaf has settings for a table that only grows, and the parent has no default partition', async () => {
    const { rows } = await admin.query<{ options: string[] | null }>(
      `select reloptions as options from pg_class where oid in (select relation from audit.audit_partition)`,
    );
    for (const { options } of rows) expect(options).toContain('autovacuum_vacuum_insert_scale_factor=0.05');
    expect(
      await admin.row(`select partdefid from pg_partitioned_table where partrelid = 'audit.audit_events'::regclass`),
    ).toEqual({ partdefid: 0 });
  });
});

describe('a tracked table', () => {
  test('is recorded by statement: insert, update, changed key, delete and truncate, names quoted as they are', async () => {
    await admin.script(`create schema "App"; create table "App"."Line Item" (
      "Order" int, "Nr%" int, ws uuid, "E-Mail" text, seen timestamptz, price numeric, primary key ("Order", "Nr%"))`);
    const table = '"App"."Line Item"';
    await trackTable(admin, { table, workspace: 'ws', personal: ['E-Mail'], ignored: ['seen'] });
    await admin.query(
      `insert into ${table} select 1, n, $1, 'a' || n || '@x.example', now(), n from generate_series(1, 3) as n`,
      [workspace],
    );
    await admin.query(`update ${table} set seen = now()`);
    await admin.query(`update ${table} set price = price + 1, "E-Mail" = 'new@x.example' where "Nr%" = 1`);
    await admin.query(`update ${table} set "Nr%" = 9 where "Nr%" = 3`);
    await admin.query(`delete from ${table} where "Nr%" = 2`);
    await admin.query(`truncate ${table}`);
    const { rows } = await admin.query<{
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

  test('says who acted: the user that the application named, else the login', async () => {
    await admin.script('create table public.note (id uuid primary key default gen_random_uuid(), text text)');
    await trackTable(admin, { table: 'public.note', personal: [], ignored: [] });
    const user = randomUUID();
    await admin.transaction(async () => {
      await admin.query('select set_config($1, $2, true)', ['app.current_user_id', user]);
      await admin.query(`insert into note (text) values ('a')`);
    });
    await admin.query(`insert into note (text) values ('b')`);
    const { rows } = await admin.query(
      `select created_by_user_id from audit.audit_events where resource_type = 'public.note' order by transaction_id`,
    );
    const { actor } = await admin.row<{ actor: string }>('select audit.role_actor() as actor');
    expect(rows).toEqual([{ created_by_user_id: user }, { created_by_user_id: actor }]);
  });

  test('is recorded in its partitions too, and one that came later is not well until it is tracked again', async () => {
    await using fresh = await RecordDatabase.make(server);
    const session = await fresh.superuser();
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

  test.each([
    ['create table t1 (a int)', { table: 't1', personal: [], ignored: [] }, 'no primary key'],
    ['create table t2 (a int primary key)', { table: 't2', personal: ['b'], ignored: [] }, 'no column b'],
    ['create table t3 (a text primary key)', { table: 't3', personal: ['a'], ignored: [] }, 'personal'],
    ['select', { table: 'nowhere', personal: [], ignored: [] }, 'does not exist'],
  ])('is refused after %s', async (setUp, order, said) => {
    await admin.query(setUp);
    await expect(trackTable(admin, order)).rejects.toMatchObject({
      code: 'RECORDS_UNTRACKABLE',
      message: expect.stringContaining(said),
    });
  });

  test('that lost a trigger is not well', async () => {
    await admin.rolledBack(async () => {
      await admin.query('create table t5 (id int primary key)');
      await admin.query(`select audit.track('t5', null, null, '{}', '{}')`);
      await admin.query('alter table t5 disable trigger record_delete');
      const { rows } = await admin.query(`select healthy, detail from audit.vw_audit_health where item = 'tracking'`);
      expect(rows).toEqual([{ healthy: false, detail: 'public.t5 lost triggers' }]);
    });
  });
});

describe('workspaces of the application', () => {
  const [owner, member, stranger, robot] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

  test('are recorded, and only who belongs there may act', async () => {
    await using fresh = await RecordDatabase.make(server);
    const session = await fresh.superuser();
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

test('migrating again changes nothing, and an edited file is refused', async () => {
  expect((await migrateRecords(admin)).applied).toEqual([]);
  await admin.query(`update drydock.record_migration set sha256 = repeat('0', 64) where file like '%0050%'`);
  await expect(migrateRecords(admin)).rejects.toMatchObject({ code: 'RECORDS_MIGRATION_EDITED' });
});
