import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Dashboards,
  hoursWindow,
  openDigestPlace,
  RollUps,
  type DashboardOrder,
} from '../../../audit-log/digests/index.ts';
import { AutoStore, openEventStore, type StoreOrder } from '../../../audit-log/events/index.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
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

test('the cost dashboard answers from the roll-ups, and says what it lacks', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await store(database, directory.path, 3);
  await using dashboards = new Dashboards(orderOf(database, directory.path));
  const first = await dashboards.cost(24);
  expect(first).toMatchObject({ source_backend: 'postgres + jsonl', totals: { calls: 3 } });
  expect(first.completeness).toMatchObject({ verdict: 'unproven', reconciliation: { stored: 3, balanced: true } });
  expect(first.completeness.reason).toContain('the window is not over');
});

test('while events arrive, roll-ups are made anew every ten seconds, and the answer says as of when it is', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  const clock = { at: Date.now() };
  const now = () => new Date(clock.at);
  await using dashboards = new Dashboards({ ...orderOf(database, directory.path), now });
  const said = async () => {
    const { as_of, made_at, totals } = await dashboards.cost(24);
    return { asOf: Date.parse(as_of) - began, madeAt: Date.parse(made_at) - began, calls: totals.calls };
  };
  const began = clock.at;
  await store(database, directory.path, 3);
  expect(await said()).toEqual({ asOf: 0, madeAt: 0, calls: 3 });
  await store(database, directory.path, 2);
  clock.at = began + 9_999;
  expect(await said()).toEqual({ asOf: 0, madeAt: 9_999, calls: 3 });
  clock.at = began + 10_000;
  expect(await said()).toEqual({ asOf: 10_000, madeAt: 10_000, calls: 5 });
  await store(database, directory.path, 1);
  clock.at = began - 1; // somebody set it back
  expect(await said()).toEqual({ asOf: -1, madeAt: -1, calls: 6 });
});

test('all who ask for the roll-ups while they are made anew wait for the same, whatever their login', async () => {
  const database = await eventDatabase(server);
  await using admin = await Session.open(database.admin);
  await using first = await Session.open(database.reader);
  await using second = await Session.open(database.reader);
  let seconds = 0;
  const rollUps = new RollUps(() => new Date((seconds += 1) * 1_000));
  await admin.query('begin');
  await admin.query('lock table drydock.tool_event_hour in access exclusive mode');
  const asked = [rollUps.freshBy(first), rollUps.freshBy(second)];
  await admin.query('commit');
  expect(await Promise.all(asked)).toEqual([new Date(1_000), new Date(1_000)]);
});

test('who waited for a connection that broke makes the roll-ups anew by its own', async () => {
  const database = await eventDatabase(server);
  await using good = await Session.open(database.reader);
  const broken = await Session.open(database.reader);
  await broken.close();
  const rollUps = new RollUps(() => new Date(1_000));
  const [lost, ...answers] = await Promise.allSettled([broken, good, good].map((session) => rollUps.freshBy(session)));
  expect(lost!.status).toBe('rejected');
  expect(answers).toEqual(answers.map(() => ({ status: 'fulfilled', value: new Date(1_000) })));
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

test('who collected events is known from the ledger and from what is still here, in either place', async () => {
  const database = await eventDatabase(server);
  await using directory = await spoolDirectory();
  await using other = await spoolDirectory();
  await store(database, directory.path, 3);
  await store(database, other.path, 2);
  {
    await using spooling = await openEventStore({ ...storing(database.writer, directory.path), backend: 'jsonl' });
    for (const event of manyEvents(4)) spooling.append(event);
  }
  const window = hoursWindow(2, new Date());
  const services = async (order: DashboardOrder) => {
    await using place = await openDigestPlace(order);
    return (await place.services!(window)).map(({ events }) => events).sort();
  };
  expect(await services(orderOf(database, directory.path))).toEqual([2, 7]);
  expect(await services(orderOf(database, `${directory.path}-none`))).toEqual([2, 3]);
  expect(await services({ ...orderOf(undefined, directory.path), backend: 'jsonl' })).toEqual([7]);
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

function storing(target: Target, directory: string): StoreOrder {
  return { backend: 'auto', directory, target, host: 'host-1', now: () => new Date(), note() {} };
}

async function store({ writer }: EventDatabase, directory: string, count: number): Promise<void> {
  await using events = await openEventStore(storing(writer, directory));
  for (const event of manyEvents(count)) events.append(event);
  await (events as AutoStore).drained();
}
