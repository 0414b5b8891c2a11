import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dashboards, openDigestPlace, type DashboardOrder } from '../../../audit-log/digests/index.ts';
import { AutoStore, openEventStore } from '../../../audit-log/events/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import {
  eventAt,
  eventDatabase,
  manyEvents,
  spoolDirectory,
  startServer,
  type EventDatabase,
} from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('the cost dashboard answers from the roll-ups, and takes in what came since', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  await using dashboards = new Dashboards(orderOf(database, directory.path));
  const first = await dashboards.cost(24);
  expect(first).toMatchObject({ source_backend: 'postgres + jsonl', totals: { calls: 3 } });
  expect(first.completeness).toMatchObject({ verdict: 'unproven', reconciliation: { stored: 3, balanced: true } });
  expect(first.completeness.reason).toContain('the window is not over');
  await store(database, directory.path, 2);
  expect((await dashboards.cost(24)).totals.calls).toBe(5);
});

test('the privacy dashboard tells of the same calls, and of the retention in both places', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  await using dashboards = new Dashboards(orderOf(database, directory.path));
  const { sizes, retention } = await dashboards.privacy(24);
  expect(sizes).toMatchObject({ in_bytes: 300, out_bytes: 6_000 });
  expect(retention.map(({ place, verdict }) => [place, verdict])).toEqual([
    ['jsonl', 'go'],
    ['postgres', 'go'],
  ]);
});

test('while Postgres is down the files answer, and the answer does not call itself complete', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  const down = { ...database, reader: { ...database.reader, port: 9 } };
  await using dashboards = new Dashboards(orderOf(down, directory.path));
  const { source_backend, totals, completeness } = await dashboards.cost(24);
  expect({ source_backend, calls: totals.calls }).toEqual({ source_backend: 'jsonl', calls: 3 });
  expect(completeness.verdict).toBe('unproven');
  expect(completeness.reason).toMatch(/of this directory only: Cannot reach Postgres/);
  const hard = { ...orderOf(down, directory.path), backend: 'postgres' as const };
  await expect(openDigestPlace(hard)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
});

test('a connection that broke between two questions is opened anew', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  await using dashboards = new Dashboards(orderOf(database, directory.path));
  await dashboards.cost(24);
  await using admin = await Session.open(database.admin);
  await admin.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [
    database.reader.user,
  ]);
  expect((await dashboards.cost(24)).totals.calls).toBe(3);
});

test('a reader who has no right to the events is told so, and is not shown files instead', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await using dashboards = new Dashboards(orderOf({ ...database, reader: database.writer }, directory.path));
  await expect(dashboards.cost(24)).rejects.toMatchObject({
    code: 'EVENTS_NO_TABLE',
    hint: expect.stringContaining('tool_event_reader'),
  });
});

test('many who ask at the same time get one answer', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  await using dashboards = new Dashboards(orderOf(database, directory.path));
  const answers = await Promise.all(Array.from({ length: 50 }, () => dashboards.cost(24)));
  expect(new Set(answers).size).toBe(1);
  expect(await dashboards.cost(24)).not.toBe(answers[0]);
});

test('with files alone, the files answer', async () => {
  await using directory = await spoolDirectory();
  mkdirSync(directory.path);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(join(directory.path, `tool_audit_${today}.jsonl`), `${JSON.stringify(eventAt(new Date()))}\n`);
  await using dashboards = new Dashboards({ ...orderOf(undefined, directory.path), backend: 'jsonl' });
  expect(await dashboards.cost(1)).toMatchObject({ source_backend: 'jsonl', totals: { calls: 1 } });
  expect((await dashboards.privacy(1)).retention[1]).toMatchObject({ place: 'postgres', verdict: 'unproven' });
});

function orderOf(database: EventDatabase | undefined, directory: string): DashboardOrder {
  return {
    backend: 'auto',
    target: database?.reader,
    directory,
    compacted: join(directory, 'compact'),
    host: 'host-1',
    policies: join(import.meta.dirname, '../../../ops/policies'),
    now: () => new Date(),
  };
}

async function store({ writer }: EventDatabase, directory: string, count: number): Promise<void> {
  const order = {
    backend: 'auto' as const,
    directory,
    target: writer,
    host: 'host-1',
    now: () => new Date(),
    note() {},
  };
  await using events = await openEventStore(order);
  for (const event of manyEvents(count)) events.append(event);
  await (events as AutoStore).drained();
}
