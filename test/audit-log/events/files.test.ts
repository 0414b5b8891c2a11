import { appendFileSync, mkdirSync, readdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoStore,
  cleanup,
  compact,
  EmittedCounts,
  EventFiles,
  EventTable,
  openEventStore,
  parquetFiles,
  reconcile,
  replay,
  sourceOf,
  type ToolEvent,
} from '../../../audit-log/events/index.ts';
import { dayWindow, hoursWindow } from '../../../audit-log/digests/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { eventAt, eventDatabase, manyEvents, spoolDirectory, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

const now = new Date('2025-09-22T12:00:00.000Z');
const yesterday = '2025-09-21';
const order = { now: () => now };

describe('compaction', () => {
  test('makes a Parquet file of each complete day that holds what the lines held, once each', async () => {
    await using directory = await spoolDirectory();
    const [monday, sunday] = [day('2025-09-21', 300), day('2025-09-20', 200)];
    write(directory.path, 'tool_audit_2025-09-21.jsonl', monday.slice(0, 200));
    write(directory.path, 'tool_audit_2025-09-21.2.jsonl', monday.slice(150));
    write(directory.path, 'tool_audit_2025-09-20.jsonl', sunday);
    write(directory.path, 'tool_audit_2025-09-22.jsonl', day('2025-09-22', 10));
    write(directory.path, 'tool_audit_2025-09-14.jsonl', day('2025-09-14', 10));
    const output = join(directory.path, 'compact');
    const done = await compact({ directory: directory.path, output, windowDays: 7, ...order });
    expect(done).toMatchObject([
      { day: '2025-09-20', events: 200, duplicates: 0, damaged: 0 },
      { day: '2025-09-21', events: 300, duplicates: 50, damaged: 0, originals: [{}, {}] },
    ]);
    expect((await parquetFiles(output)).map((file) => file.day).sort()).toEqual(['2025-09-20', '2025-09-21']);
    await using files = await EventFiles.open([
      { jsonl: [], parquet: [join(output, 'tool_audit_2025-09-21.parquet')] },
    ]);
    expect(await files.rows('contents')).toMatchObject([{ events: 300 }]);
    expect(readdirSync(directory.path).filter((name) => name.endsWith('.jsonl'))).toHaveLength(5);
  });

  test('does a day again only when its files changed', async () => {
    await using directory = await spoolDirectory();
    const output = join(directory.path, 'compact');
    const again = () => compact({ directory: directory.path, output, windowDays: 7, ...order });
    write(directory.path, 'tool_audit_2025-09-21.jsonl', day('2025-09-21', 5));
    expect(await again()).toHaveLength(1);
    expect(await again()).toHaveLength(0);
    write(directory.path, 'tool_audit_2025-09-21.jsonl', day('2025-09-21', 6));
    expect(await again()).toMatchObject([{ events: 6 }]);
  });

  test('keeps what it has of an original that is gone, whatever comes or stays of the others', async () => {
    await using directory = await spoolDirectory();
    const output = join(directory.path, 'compact');
    const again = () => compact({ directory: directory.path, output, windowDays: 7, ...order });
    const events = day('2025-09-21', 9);
    write(directory.path, 'tool_audit_2025-09-21.jsonl', events.slice(0, 3));
    write(directory.path, 'tool_audit_2025-09-21.2.jsonl', events.slice(3, 6));
    expect(await again()).toMatchObject([{ events: 6 }]);
    rmSync(join(directory.path, 'tool_audit_2025-09-21.jsonl'));
    expect(await again()).toEqual([]);
    write(directory.path, 'tool_audit_2025-09-21.2.jsonl', events.slice(3));
    expect(await again()).toMatchObject([{ events: 9, originals: [{}, {}] }]);
    await using files = await EventFiles.open([
      { jsonl: [], parquet: [join(output, 'tool_audit_2025-09-21.parquet')] },
    ]);
    expect(await files.rows('contents')).toMatchObject([{ events: 9 }]);
  });

  test('leaves no Parquet file when it would hold other events than the lines, and says so', async () => {
    await using directory = await spoolDirectory();
    const output = join(directory.path, 'compact');
    // an event by DuckDB's reading, and none by ours
    const [odd] = day('2025-09-21', 1).map((event) => ({ ...event, payload: 'secret' }));
    write(directory.path, 'tool_audit_2025-09-21.jsonl', [odd as ToolEvent, ...day('2025-09-21', 3)]);
    const attempt = compact({ directory: directory.path, output, windowDays: 7, ...order });
    await expect(attempt).rejects.toMatchObject({ code: 'EVENTS_COMPACTION' });
    expect(readdirSync(output)).toEqual([]);
  });
});

describe('cleanup', () => {
  const clean = (directory: string, more: Partial<Parameters<typeof cleanup>[0]> = {}) =>
    cleanup({ directory, retentionDays: 30, mode: 'delete', dryRun: false, sentFirst: false, ...order, ...more });

  test('deletes files over the retention with what stands beside them, and no others', async () => {
    await using directory = await spoolDirectory();
    write(directory.path, 'tool_audit_2025-08-22.jsonl', day('2025-08-22', 1));
    writeFileSync(join(directory.path, 'tool_audit_2025-08-22.jsonl.rejected'), '{}\n');
    write(directory.path, 'tool_audit_2025-08-23.jsonl', day('2025-08-23', 1));
    writeFileSync(join(directory.path, 'notes.txt'), 'mine');
    const planned = await clean(directory.path, { dryRun: true });
    expect(planned).toMatchObject([{ name: 'tool_audit_2025-08-22.jsonl', done: 'deleted' }]);
    expect(readdirSync(directory.path)).toHaveLength(4);
    expect(await clean(directory.path)).toEqual(planned);
    expect(readdirSync(directory.path).sort()).toEqual(['cleaned.log', 'notes.txt', 'tool_audit_2025-08-23.jsonl']);
    const [entry] = readFileSync(join(directory.path, 'cleaned.log'), 'utf8').split('\n');
    expect(JSON.parse(entry!)).toEqual({ at: now.toISOString(), ...planned[0] });
  });

  test('never touches the files of today and yesterday, whatever it is asked', async () => {
    await using directory = await spoolDirectory();
    for (const name of ['2025-09-22', '2025-09-21']) write(directory.path, `tool_audit_${name}.jsonl`, day(name, 1));
    expect(await clean(directory.path, { retentionDays: 0 })).toEqual([]);
  });

  test('keeps what Postgres does not have yet, and says why', async () => {
    await using directory = await spoolDirectory();
    write(directory.path, 'tool_audit_2025-08-01.jsonl', day('2025-08-01', 1));
    expect(await clean(directory.path, { sentFirst: true })).toMatchObject([
      { done: 'kept', reason: expect.stringContaining('not in Postgres yet') },
    ]);
  });

  test('deletes what was refused of events that no file had', async () => {
    await using directory = await spoolDirectory();
    write(directory.path, 'tool_audit_2025-08-22.memory.rejected', day('2025-08-22', 1));
    write(directory.path, 'tool_audit_2025-09-21.memory.rejected', day('2025-09-21', 1));
    expect(await clean(directory.path, { mode: 'gzip' })).toEqual([]);
    expect(await clean(directory.path)).toMatchObject([{ name: 'tool_audit_2025-08-22.memory.rejected' }]);
    expect(readdirSync(directory.path)).toEqual(['cleaned.log', 'tool_audit_2025-09-21.memory.rejected']);
  });

  test('deletes what it gzipped before, with what stands beside it', async () => {
    await using directory = await spoolDirectory();
    write(directory.path, 'tool_audit_2025-08-22.jsonl', day('2025-08-22', 1));
    writeFileSync(join(directory.path, 'tool_audit_2025-08-22.jsonl.rejected'), '{}\n');
    await clean(directory.path, { mode: 'gzip' });
    expect(readdirSync(directory.path)).toContain('tool_audit_2025-08-22.jsonl.gz');
    expect(await clean(directory.path)).toMatchObject([{ name: 'tool_audit_2025-08-22.jsonl.gz', done: 'deleted' }]);
    expect(readdirSync(directory.path)).toEqual(['cleaned.log']);
  });

  test('gzips so that every line can be read again', async () => {
    await using directory = await spoolDirectory();
    const events = day('2025-08-01', 100);
    const text = write(directory.path, 'tool_audit_2025-08-01.jsonl', events);
    expect(await clean(directory.path, { mode: 'gzip' })).toMatchObject([{ done: 'gzipped' }]);
    expect(readdirSync(directory.path)).toEqual(['cleaned.log', 'tool_audit_2025-08-01.jsonl.gz']);
    const packed = readFileSync(join(directory.path, 'tool_audit_2025-08-01.jsonl.gz'));
    expect(gunzipSync(packed).toString()).toBe(text);
  });
});

test('a file that somebody still writes is not gzipped, and nothing of it is lost', async () => {
  await using directory = await spoolDirectory();
  const name = 'tool_audit_2025-08-01.jsonl';
  write(directory.path, name, day('2025-08-01', 20_000));
  const work = cleanup({
    directory: directory.path,
    retentionDays: 30,
    mode: 'gzip',
    dryRun: false,
    sentFirst: false,
    ...order,
  });
  let isDone = false;
  const outcome = work.finally(() => (isDone = true)).catch((error: unknown) => error);
  for (let n = 0; !isDone; n += 1, await turn()) appendFileSync(join(directory.path, name), `${n}\n`);
  expect(await outcome).toMatchObject({ code: 'EVENTS_GZIP' });
  expect(readdirSync(directory.path)).toEqual([name]);
});

describe('reconciliation', () => {
  let server: Staging;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('balances per minute, and names the minute in which an event went missing', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const old = eventAt(new Date(Date.now() - 365 * 86_400_000));
    {
      const store = await openEventStore({
        backend: 'auto',
        directory: directory.path,
        target: database.writer,
        host: 'host-1',
        now: () => new Date(),
        note() {},
      });
      await using _closed = store;
      for (const event of [...manyEvents(90), old]) store.append(event);
      await (store as AutoStore).drained();
    }
    await using session = await Session.open(database.reader);
    const source = await sourceOf(directory.path, 'host-1');
    const count = () =>
      reconcile({ directory: directory.path, source, session }, { ...hoursWindow(366 * 24, new Date()) });
    expect(await count()).toMatchObject({ emitted: 91, stored: 90, spooled: 0, rejected: 1, balanced: true });

    // as a writer would that moved its cursor too far
    const unsent = manyEvents(4);
    const [name] = readdirSync(directory.path).filter((file) => file.endsWith('.jsonl'));
    const path = join(directory.path, name!);
    write(directory.path, name!, unsent, readFileSync(path, 'utf8'));
    expect(await count()).toMatchObject({ emitted: 95, spooled: 4, balanced: true });

    // as a writer would that was killed after a commit, before it moved its cursor
    const { offset } = JSON.parse(readFileSync(`${path}.stored`, 'utf8')) as { offset: number };
    writeFileSync(`${path}.stored`, '');
    expect(await count()).toMatchObject({ emitted: 95, stored: 90, spooled: 4, rejected: 1, balanced: true });
    writeFileSync(`${path}.stored`, JSON.stringify({ offset }));
    writeFileSync(`${path}.stored`, JSON.stringify({ offset: readFileSync(path).length }));
    const gap = await count();
    expect(gap).toMatchObject({ emitted: 95, stored: 90, spooled: 0, balanced: false });
    expect(gap.gaps.map(({ minute }) => minute)).toContain(`${unsent.at(-1)!.ts.slice(0, 16)}:00.000Z`);
  });

  test('counts an event once that a caller gave again, and still misses one that is not there', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const [kept, lost] = manyEvents(2);
    const name = `tool_audit_${new Date().toISOString().slice(0, 10)}.jsonl`;
    const text = write(directory.path, name, [kept!, kept!]);
    write(directory.path, name.replace('.jsonl', '.2.jsonl'), [kept!]);
    await using table = new EventTable(database.writer, 'host-1');
    const replayed = await replay({ directory: directory.path, table, now: () => new Date() });
    expect(replayed).toMatchObject({ stored: 1, duplicates: 2 });
    await using session = await Session.open(database.reader);
    const emitted = new EmittedCounts();
    const count = () =>
      reconcile({ directory: directory.path, source: 'host-1', session, emitted }, hoursWindow(24, new Date()));
    expect(await count()).toMatchObject({ emitted: 1, stored: 1, balanced: true });
    expect(await count()).toMatchObject({ emitted: 1, stored: 1, balanced: true });
    write(directory.path, name, [lost!], text);
    writeFileSync(join(directory.path, `${name}.stored`), JSON.stringify({ offset: text.length * 2 }));
    expect(await count()).toMatchObject({ emitted: 2, stored: 1, spooled: 0, balanced: false });
  });

  test('counts a file on from where it was counted, and anew when it was cut', async () => {
    await using directory = await spoolDirectory();
    const counts = new EmittedCounts();
    const events = day(yesterday, 3);
    const emitted = async () =>
      (
        await reconcile(
          { directory: directory.path, source: 's', session: undefined, emitted: counts },
          dayWindow(yesterday),
        )
      ).emitted;
    const name = `tool_audit_${yesterday}.jsonl`;
    const text = write(directory.path, name, events);
    expect(await emitted()).toBe(3);
    write(directory.path, name, day(yesterday, 2), text);
    expect(await Promise.all([emitted(), emitted()])).toEqual([5, 5]);
    write(directory.path, name, events.slice(0, 1));
    expect(await emitted()).toBe(1);
  });
});

function day(name: string, count: number): ToolEvent[] {
  const start = Date.parse(`${name}T00:00:00.000Z`);
  return Array.from({ length: count }, (_, i) => eventAt(new Date(start + i * 1_000)));
}

function write(directory: string, name: string, events: readonly ToolEvent[], before = ''): string {
  mkdirSync(directory, { recursive: true });
  const text = before + events.map((event) => `${JSON.stringify(event)}\n`).join('');
  writeFileSync(join(directory, name), text);
  return text;
}
