import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openEventStore, realDisk, spoolFiles, type Disk } from '../../../audit-log/events/index.ts';
import { ids, order, spooledIds } from '../../support/event-stores.ts';
import { eventAt, manyEvents, spoolDirectory } from '../../support/events.ts';

describe('the files', () => {
  test('lie in a closed folder, a file per UTC day', async () => {
    await using directory = await spoolDirectory();
    let now = new Date('2025-09-22T23:59:59.999Z');
    await using store = await openEventStore(order('jsonl', directory.path, { now: () => now }));
    store.append(eventAt(now));
    await store.flush();
    now = new Date('2025-09-23T00:00:00.000Z');
    store.append(eventAt(now));
    expect(spoolFiles(directory.path).map(({ day }) => day)).toEqual(['2025-09-22', '2025-09-23']);
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    expect(statSync(spoolFiles(directory.path)[0]!.path).mode & 0o777).toBe(0o600);
  });

  test('take a line of the new day into the old one until the old is on the disk, and lose neither', async () => {
    await using directory = await spoolDirectory();
    let now = new Date('2025-09-22T23:59:59.999Z');
    await using store = await openEventStore(order('jsonl', directory.path, { now: () => now }));
    const given = [eventAt(now)];
    store.append(given[0]!);
    now = new Date('2025-09-23T00:00:00.000Z');
    given.push(eventAt(now));
    store.append(given[1]!);
    expect(spoolFiles(directory.path).map(({ day }) => day)).toEqual(['2025-09-22']);
    await store.flush();
    given.push(eventAt(now));
    store.append(given[2]!);
    expect(spoolFiles(directory.path).map(({ day }) => day)).toEqual(['2025-09-22', '2025-09-23']);
    expect(spooledIds(directory.path)).toEqual(ids(given));
  });

  test('reach the disk by themselves, all lines of a moment at once', async () => {
    await using directory = await spoolDirectory();
    let syncs = 0;
    const sync = (descriptor: number) => realDisk.sync(descriptor).then(() => void (syncs += 1));
    await using store = await openEventStore(order('jsonl', directory.path, { disk: { ...realDisk, sync } }));
    for (const event of manyEvents(100)) store.append(event);
    await expect.poll(() => syncs).toBe(1);
    await store.flush();
    expect(syncs).toBe(1);
  });

  test('refuse, and do not pile up, what waits for a disk that answers no more', async () => {
    await using directory = await spoolDirectory();
    const hanging = Promise.withResolvers<void>();
    const write = (_descriptor: number, bytes: Uint8Array, offset: number) => bytes.length - offset;
    const disk = { ...realDisk, write, sync: () => hanging.promise };
    await using store = await openEventStore(order('jsonl', directory.path, { disk }));
    const [event] = manyEvents(1);
    let accepted = 0;
    while (store.append(event!) === 'accepted') accepted += 1;
    const line = JSON.stringify(event).length + 1;
    expect(accepted).toBe(Math.floor((64 * 1024 * 1024) / line));
    hanging.resolve();
    await store.flush();
    expect(store.append(event!)).toBe('accepted');
  });

  test('are closed even where the folder was open before', async () => {
    await using directory = await spoolDirectory();
    mkdirSync(directory.path);
    chmodSync(directory.path, 0o755);
    await using _store = await openEventStore(order('jsonl', directory.path));
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
  });

  test('have one writer each, however many processes share the folder', async () => {
    await using directory = await spoolDirectory();
    const [one, other] = [manyEvents(50), manyEvents(50)];
    await using first = await openEventStore(order('jsonl', directory.path));
    await using second = await openEventStore(order('jsonl', directory.path));
    for (const event of one) first.append(event);
    for (const event of other) second.append(event);
    expect(spoolFiles(directory.path).map(({ slot }) => slot)).toEqual([1, 2]);
    expect(spooledIds(directory.path)).toEqual([...ids(one), ...ids(other)]);
  });

  test.each([0, 200_000])(
    'lose a half line, longer by %d, and neither the line before nor the one after',
    async (size) => {
      await using directory = await spoolDirectory();
      const [before, after] = [eventAt(new Date()), eventAt(new Date())];
      {
        await using store = await openEventStore(order('jsonl', directory.path));
        store.append(before);
      }
      const file = spoolFiles(directory.path)[0]!.path;
      const half = `${JSON.stringify(after).slice(0, 100)}${'x'.repeat(size)}`;
      appendFileSync(file, half);
      await using store = await openEventStore(order('jsonl', directory.path));
      store.append(after);
      expect(spooledIds(directory.path)).toEqual(ids([before, after]));
      expect(readFileSync(`${file}.torn`, 'utf8')).toBe(`${half}\n`);
    },
  );

  test('refuse, and count, what a full disk has no room for, and stay whole', async () => {
    await using directory = await spoolDirectory();
    let room = 1_000;
    const disk: Disk = {
      ...realDisk,
      write(descriptor, bytes, offset) {
        if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        const taken = realDisk.write(
          descriptor,
          bytes.subarray(0, offset + Math.min(room, bytes.length - offset)),
          offset,
        );
        room -= taken;
        return taken;
      },
    };
    await using store = await openEventStore(order('jsonl', directory.path, { disk }));
    const events = manyEvents(10);
    const accepted = events.filter((event) => store.append(event) === 'accepted');
    expect(store.counters.refused).toBe(10 - accepted.length);
    expect(accepted.length).toBeGreaterThan(0);
    room = 10_000;
    const last = eventAt(new Date());
    expect(store.append(last)).toBe('accepted');
    expect(spooledIds(directory.path)).toEqual(ids([...accepted, last]));
  });

  test('lose nothing when fdatasync fails: what was not on the disk goes to another file', async () => {
    await using directory = await spoolDirectory();
    let failures = 0;
    const disk: Disk = {
      ...realDisk,
      async sync(descriptor) {
        if (failures-- > 0) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
        await realDisk.sync(descriptor);
      },
    };
    await using store = await openEventStore(order('jsonl', directory.path, { disk }));
    const [safe, unsure, later] = [manyEvents(5), manyEvents(5), manyEvents(5)];
    for (const event of safe) store.append(event);
    await store.flush();
    failures = 1;
    for (const event of unsure) store.append(event);
    await store.flush();
    for (const event of later) store.append(event);
    await store.flush();
    expect(spooledIds(directory.path)).toEqual(ids([...safe, ...unsure, ...later]));
    expect(spoolFiles(directory.path)).toHaveLength(2);
  });

  test('say so when the disk fails twice', async () => {
    await using directory = await spoolDirectory();
    const sync = async () => {
      throw new Error('EIO: i/o error, fdatasync');
    };
    const store = await openEventStore(order('jsonl', directory.path, { disk: { ...realDisk, sync } }));
    store.append(eventAt(new Date()));
    await expect(store.flush()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    expect(store.append(eventAt(new Date()))).toBe('refused');
    await expect(store[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
  });
});

test('a disk that is really full is survived', async (context) => {
  await using directory = await spoolDirectory();
  mkdirSync(directory.path, { recursive: true });
  const run = promisify(execFile);
  const mounted = run('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', directory.path]);
  await mounted.catch(() => context.skip('this account may not mount a small disk'));
  try {
    await using store = await openEventStore(order('jsonl', directory.path));
    const accepted = manyEvents(2_000).filter((event) => store.append(event) === 'accepted');
    expect(store.counters.refused).toBeGreaterThan(0);
    expect(spooledIds(directory.path)).toEqual(ids(accepted));
  } finally {
    await run('umount', ['--lazy', directory.path]);
  }
});
