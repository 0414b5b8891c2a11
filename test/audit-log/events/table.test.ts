import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventTable, migrateEvents } from '../../../audit-log/events/index.ts';
import { builtinSql } from '../../../ops/builtin.ts';
import { Session } from '../../../ops/postgres/index.ts';
import {
  eventAt,
  eventDatabase,
  manyEvents,
  startServer,
  storedIds,
  type EventDatabase,
} from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const source = 'host-1';

describe('a batch', () => {
  test('is stored once, however often it is sent', async () => {
    const database = await eventDatabase(server);
    const events = manyEvents(500);
    await using table = new EventTable(database.writer, source);
    expect(await table.write(events)).toMatchObject({ stored: 500, duplicates: 0 });
    expect(await table.write(events)).toMatchObject({ stored: 0, duplicates: 500 });
    expect(await table.write([...events.slice(250), ...manyEvents(10)])).toMatchObject({ stored: 10, duplicates: 250 });
    expect(await storedIds(database)).toHaveLength(510);
  });

  test('arrives with every value as it was', async () => {
    const database = await eventDatabase(server);
    const event = eventAt(new Date(), {
      user_id: 'Олена.К',
      graph_node: 'plan/1',
      out_size: 2 ** 31 - 1,
      status: 'denied',
    });
    await using table = new EventTable(database.writer, source);
    await table.write([event]);
    await using session = await Session.open(database.admin);
    const { row } = await session.row<{ row: object }>(
      `select to_jsonb(e) - 'id' - 'ts' || jsonb_build_object('ts', to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as row from audit.tool_audit_events as e`,
    );
    expect(row).toEqual(event);
  });

  test('is given back by a server that says nothing any more, and stored once over a new connection', async () => {
    const database = await eventDatabase(server);
    await using table = new EventTable(database.writer, source, { answerPatienceMs: 300 });
    await table.write(manyEvents(1));
    await using admin = await Session.open(database.admin);
    const { pid } = await admin.row<{ pid: number }>('select pid from pg_stat_activity where usename = $1', [
      database.writer.user,
    ]);
    process.kill(pid, 'SIGSTOP');
    const events = manyEvents(5);
    await expect(table.write(events)).rejects.toThrow('no answer from Postgres within 300 ms');
    expect(await table.write(events)).toMatchObject({ stored: 5 });
    process.kill(pid, 'SIGCONT');
    await expect.poll(async () => (await storedIds(database)).length).toBe(6);
  });

  test('loses only the events that are at fault, and says why', async () => {
    const database = await eventDatabase(server);
    const old = eventAt('2019-01-01T00:00:00.000Z');
    const forged = { ...eventAt(new Date()), status: 'fine' as never };
    await using table = new EventTable(database.writer, source);
    const written = await table.write([...manyEvents(100), old, ...manyEvents(100), forged]);
    expect(written.stored).toBe(200);
    expect(written.rejections).toEqual([
      { event: old, reason: 'older or newer than every partition of audit.tool_audit_events' },
      { event: forged, reason: expect.stringContaining('tool_audit_events_status') },
    ]);
  });

  test('costs a few statements, not one per event, where a whole outage is older than every partition', async () => {
    const database = await eventDatabase(server);
    const old = Array.from({ length: 2_000 }, (_, n) => eventAt(new Date(Date.UTC(2019, 0, 1) + n)));
    await using table = new EventTable(database.writer, source);
    const written = await table.write([...old, ...manyEvents(10)]);
    expect(written.stored).toBe(10);
    expect(written.rejections.map(({ event }) => event)).toEqual(old);
    await using session = await Session.open(database.admin);
    const { id } = await session.row<{ id: number }>('select max(id) as id from audit.tool_audit_events');
    expect(id).toBeLessThan(20); // every attempt to store an event takes a number
  });

  test('of a day to come is stored by a writer that connected before partitions were made for it', async () => {
    const database = await eventDatabase(server);
    await using table = new EventTable(database.writer, source);
    await table.write(manyEvents(1));
    await using admin = await Session.open(database.admin);
    const { partition } = await admin.row<{ partition: string }>(
      `select max(partition_name) as partition from audit.tool_event_partition`,
    );
    await admin.query(`drop table audit.${partition}`);
    const inAWeek = eventAt(new Date(Date.now() + 7 * 86_400_000));
    expect(await table.write([inAWeek])).toMatchObject({ stored: 1, rejections: [] });
  });

  test('is counted per source and minute in the transaction that stores it', async () => {
    const database = await eventDatabase(server);
    const events = ['10:00:00', '10:00:59', '10:01:00'].map((at) => eventAt(`${today()}T${at}.000Z`));
    await using table = new EventTable(database.writer, source);
    await table.write(events);
    await table.write([...events, eventAt(`${today()}T10:02:00.000Z`)]);
    await using session = await Session.open(database.reader);
    const { rows } = await session.query(
      `select source, to_char(minute at time zone 'UTC', 'HH24:MI') as minute, stored from audit.tool_event_ledger order by minute`,
    );
    expect(rows).toEqual([
      { source, minute: '10:00', stored: 2 },
      { source, minute: '10:01', stored: 1 },
      { source, minute: '10:02', stored: 1 },
    ]);
  });
});

describe('rights', () => {
  test('the writer cannot read, the reader cannot write, and neither can remove', async () => {
    const { writer, reader, retention } = await eventDatabase(server);
    await refused(writer, 'select * from audit.tool_audit_events', '42501');
    await refused(reader, `insert into audit.tool_audit_events (ts) values (now())`, '42501');
    await refused(writer, 'delete from audit.tool_audit_events', '42501');
    await refused(retention, 'delete from audit.tool_audit_events', '42501');
    await refused(writer, `select audit.drop_tool_event_partitions('2020-01-01', true)`, '42501');
    await refused(reader, `select audit.note_tool_events(array[now()], array[1])`, '42501');
    await refused(writer, `insert into audit.tool_event_ledger values ('x', now(), 1)`, '42501');
    const partition = `audit.tool_audit_events_${today().replaceAll('-', '')}`;
    await refused(writer, `insert into ${partition} (ts) values (now())`, '42501');
    await refused(reader, `select * from ${partition}`, '42501');
  });

  test('not even a superuser edits, deletes or truncates, on the table or on a partition', async () => {
    const { admin, writer } = await eventDatabase(server);
    await using table = new EventTable(writer, source);
    await table.write(manyEvents(1));
    const partition = `audit.tool_audit_events_${today().replaceAll('-', '')}`;
    for (const relation of ['audit.tool_audit_events', partition]) {
      await refused(admin, `update ${relation} set tool = 'other'`, 'DD001');
      await refused(admin, `set session_replication_role = replica; delete from ${relation}`, 'DD001');
      await refused(admin, `truncate ${relation}`, 'DD001');
    }
    await refused(admin, 'truncate audit.tool_event_ledger', 'DD001');
    await refused(admin, `set audit.retention = 'on'; delete from audit.tool_event_ledger`, 'DD001');
  });
});

describe('the migration', () => {
  test('may run again, and again changes nothing', async () => {
    const { admin } = await eventDatabase(server);
    await using session = await Session.open(admin);
    expect(await migrateEvents(session, { daysBack: 30 })).toMatchObject({ applied: [], partitions: 0 });
  });

  test('may run twice at once', async () => {
    const { admin } = await eventDatabase(server, { migrate: false });
    await using one = await Session.open(admin);
    await using other = await Session.open(admin);
    const reports = await Promise.all([one, other].map((session) => migrateEvents(session, { daysBack: 1 })));
    const files = readdirSync(join(builtinSql, 'tool-events')).filter((name) => name.endsWith('.sql'));
    expect(reports.map(({ applied }) => applied.length).sort((a, b) => a - b)).toEqual([0, files.length]);
  });

  test('refuses a file that was edited after it was applied', async () => {
    const { admin } = await eventDatabase(server);
    await using session = await Session.open(admin);
    await session.query(`update drydock.tool_event_migration set sha256 = 'x' where file like '%0030%'`);
    await expect(migrateEvents(session, { daysBack: 0 })).rejects.toMatchObject({ code: 'EVENTS_MIGRATION_EDITED' });
  });
});

describe('partitions', () => {
  test('are made by the writer itself when nobody else did, while somebody reads', async () => {
    const database = await eventDatabase(server);
    await using reader = await Session.open(database.reader);
    await using admin = await Session.open(database.admin);
    await admin.query(`drop table audit.tool_audit_events_${today().replaceAll('-', '')}`);
    await reader.script('begin; select count(*) from audit.tool_audit_events');
    await using table = new EventTable(database.writer, source);
    expect(await table.write(manyEvents(3))).toMatchObject({ stored: 3 });
  });

  test('are removed whole when they are older than the policy, and it is logged; a dry run only says so', async () => {
    const database = await eventDatabase(server);
    const old = eventAt(`${daysAgo(20)}T12:00:00.000Z`);
    await using table = new EventTable(database.writer, source);
    await table.write([old, ...manyEvents(2)]);
    await using session = await Session.open(database.retention);
    const drop = (dryRun: boolean) =>
      session.query<{ day: string; events: number }>('select * from audit.drop_tool_event_partitions($1, $2)', [
        daysAgo(19),
        dryRun,
      ]);
    const planned = (await drop(true)).rows;
    expect(planned).toHaveLength(11);
    expect(planned.at(-1)).toMatchObject({ day: daysAgo(20), events: 1 });
    expect(await storedIds(database)).toHaveLength(3);
    await using reader = await Session.open(database.reader);
    await reader.query('select drydock.refresh_tool_event_hours()');
    const rolledUp = async () =>
      (await reader.query('select from drydock.tool_event_span where begins < $1', [`${daysAgo(19)}T00:00:00Z`])).rows
        .length;
    const inLedger = async () =>
      (await reader.row<{ stored: number }>('select sum(stored)::integer as stored from audit.tool_event_ledger'))
        .stored;
    expect(await rolledUp()).toBeGreaterThan(0);
    expect(await inLedger()).toBe(3);
    expect((await drop(false)).rows).toHaveLength(11);
    expect(await storedIds(database)).toHaveLength(2);
    expect([await rolledUp(), await inLedger()]).toEqual([0, 2]);
    const { rows } = await session.query(
      'select by_user, events from audit.tool_event_retention order by day desc limit 1',
    );
    expect(rows).toEqual([{ by_user: database.retention.user, events: 1 }]);
    expect((await drop(false)).rows).toEqual([]);
  });

  test('of today are never removed', async () => {
    const { retention } = await eventDatabase(server);
    await refused(retention, `select audit.drop_tool_event_partitions(current_date + 1, false)`, 'DD002');
  });
});

async function refused(target: EventDatabase['admin'], sql: string, sqlstate: string): Promise<void> {
  await using session = await Session.open(target);
  await expect(session.script(sql), sql).rejects.toMatchObject({ cause: { code: sqlstate } });
}

function today(): string {
  return daysAgo(0);
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
