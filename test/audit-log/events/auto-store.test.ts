import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoStore,
  openEventStore,
  queryEvents,
  readRejections,
  realDisk,
  reconcile,
  sourceOf,
  spoolFiles,
  type Disk,
} from '../../../audit-log/events/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { drained, ids, nobodyThere, order, reopen, shut, slammedDoor, spooledIds } from '../../support/event-stores.ts';
import { eventAt, eventDatabase, manyEvents, spoolDirectory, startServer, storedIds } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('auto', () => {
  test('takes events while Postgres is down, and sends them, oldest first, when it is back', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const notes: string[] = [];
    await using store = await openEventStore(
      order('auto', directory.path, { target: database.writer, note: (line) => notes.push(line) }),
    );
    await shut(server, database.writer);
    const events = manyEvents(3_000);
    for (const event of events) expect(store.append(event)).toBe('accepted');
    await expect.poll(() => store.active).toBe('jsonl');
    await store.flush();
    expect(spooledIds(directory.path)).toEqual(ids(events));
    await reopen(server, database.writer);
    await expect.poll(() => store.counters.stored, { timeout: 10_000 }).toBe(3_000);
    expect(store.active).toBe('postgres');
    expect(await storedIds(database)).toEqual(ids(events));
    expect(notes).toEqual([
      expect.stringMatching(/^AutoAuditStore: Postgres write failed \(.*\), switching to JSONL fallback$/),
      'AutoAuditStore: Postgres is back, the events of the outage are being sent',
    ]);
  });

  test('sends events that a full disk left in memory, and they do not stand against the files when these are balanced', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    let isFull = false;
    const disk: Disk = {
      ...realDisk,
      write(...part) {
        if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        return realDisk.write(...part);
      },
    };
    await using store = await openEventStore(order('auto', directory.path, { target: database.writer, disk }));
    const [before, meanwhile] = [manyEvents(5), [...manyEvents(5), eventAt('2019-01-01T00:00:00.000Z')]];
    for (const event of before) expect(store.append(event)).toBe('accepted');
    isFull = true;
    for (const event of meanwhile) expect(store.append(event)).toBe('pending');
    isFull = false;
    await drained(store);
    expect(store.counters).toMatchObject({ stored: 10, rejected: 1 });
    await using session = await Session.open(database.reader);
    const source = await sourceOf(directory.path, 'host-1');
    const ever = { since: new Date(0), until: new Date('9999-12-31') };
    const balance = await reconcile({ directory: directory.path, source, session }, ever);
    expect(balance).toMatchObject({ balanced: true, emitted: 5, stored: 5, rejected: 0 });
    expect(readdirSync(directory.path)).toContainEqual(expect.stringMatching(/\.memory\.rejected$/));
    expect(await queryEvents(session, 'services', [ever.since, ever.until])).toEqual([{ name: source, events: 10 }]);
  });

  test('leaves Postgres alone for its cool-down, then sends one batch to see', async () => {
    await using directory = await spoolDirectory();
    await using door = await slammedDoor();
    await using store = await openEventStore(
      order('auto', directory.path, { target: door.target, cooldownMs: 60_000 }),
    );
    store.append(eventAt(new Date()));
    await expect.poll(() => store.active).toBe('jsonl');
    const knocks = door.knocks();
    for (const event of manyEvents(100)) store.append(event);
    await store.flush();
    await using other = await slammedDoor();
    await using eager = await openEventStore(order('auto', `${directory.path}-2`, { target: other.target }));
    eager.append(eventAt(new Date()));
    await expect.poll(() => other.knocks(), { timeout: 5_000 }).toBeGreaterThan(3);
    expect(door.knocks()).toBe(knocks);
    await expect((store as AutoStore).drained()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
  });

  test('knocks again after the cool-down, with all that waits still in the files', async () => {
    await using directory = await spoolDirectory();
    await using door = await slammedDoor();
    await using store = await openEventStore(order('auto', directory.path, { target: door.target, cooldownMs: 20 }));
    const events = manyEvents(10);
    for (const event of events) store.append(event);
    await expect.poll(() => door.knocks(), { timeout: 5_000 }).toBeGreaterThan(3);
    expect(store.active).toBe('jsonl');
    expect(spooledIds(directory.path)).toEqual(ids(events));
  });

  test('works from memory while the disk is full and Postgres is there', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const write = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    await using store = await openEventStore(
      order('auto', directory.path, { target: database.writer, disk: { ...realDisk, write } }),
    );
    const events = manyEvents(100);
    expect(new Set(events.map((event) => store.append(event)))).toEqual(new Set(['pending']));
    await store.flush();
    expect(await storedIds(database)).toEqual(ids(events));
  });

  test('begins with what the process before it left', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const events = manyEvents(10);
    {
      await using store = await openEventStore(order('auto', directory.path, { target: nobodyThere }));
      for (const event of events) store.append(event);
    }
    await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
    await drained(store);
    expect(await storedIds(database)).toEqual(ids(events));
  });

  test('keeps lines that are no events in the reject file, and goes on', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const [one, other] = [eventAt(new Date()), eventAt(new Date())];
    mkdirSync(directory.path);
    const today = new Date().toISOString().slice(0, 10);
    const file = join(directory.path, `tool_audit_${today}.jsonl`);
    writeFileSync(file, `${JSON.stringify(one)}\n\u0000\u0000\u0000\n{"half":\n${JSON.stringify(other)}\n`);
    await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
    await drained(store);
    expect(await storedIds(database)).toEqual(ids([one, other]));
    expect(readRejections(spoolFiles(directory.path)[0]!).map(({ line }) => line)).toEqual([
      '\u0000\u0000\u0000',
      '{"half":',
    ]);
  });
});
