import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getAuditTrail, logAuditEvent, migrateRecords, type TrailRecord } from '../../../audit-log/records/index.ts';
import {
  anEvent,
  monthsAgo,
  otherWorkspace,
  partitionOf,
  pastRecords,
  RecordDatabase,
  workspace,
} from '../../support/records.ts';
import type { Session } from '../../../ops/postgres/index.ts';
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
    for (const table of ['audit_events', 'audit_events_all', partitionOf(monthsAgo(0))])
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
  const current = `audit.${partitionOf(monthsAgo(0))}`;
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
    const ids: string[] = [];
    for (const session of [early, late, early]) ids.push(await logAuditEvent(session, anEvent()));
    await early.query('commit');
    expect((await admin.query('select from audit.audit_events where id = any ($1)', [ids])).rows).toHaveLength(3);
  });
});

test('migrating again changes nothing, and an edited file is refused', async () => {
  expect((await migrateRecords(admin)).applied).toEqual([]);
  await admin.query(`update drydock.record_migration set sha256 = repeat('0', 64) where file like '%0050%'`);
  await expect(migrateRecords(admin)).rejects.toMatchObject({ code: 'RECORDS_MIGRATION_EDITED' });
});
