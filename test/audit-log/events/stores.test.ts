import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoStore,
  EventTable,
  openEventStore,
  readRejections,
  realDisk,
  replay,
  spoolFiles,
  startLine,
  stretchesOf,
  type Disk,
  type EventStore,
  type StoreOrder,
  type ToolEvent,
} from '../../../audit-log/events/index.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import { eventAt, eventDatabase, manyEvents, spoolDirectory, startServer, storedIds } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const nobodyThere: Target = {
  host: '127.0.0.1',
  port: 9,
  user: 'gateway',
  password: 'secret-secret',
  database: 'audit',
};

function order(backend: StoreOrder['backend'], directory: string, more: Partial<StoreOrder> = {}): StoreOrder {
  return { backend, directory, host: 'host-1', now: () => new Date(), note() {}, cooldownMs: 20, ...more };
}

describe('every backend keeps one contract:', () => {
  const kept = {
    jsonl: 'accepted',
    auto: 'accepted',
    postgres: 'pending',
    memory: 'pending',
    null: 'refused',
  } as const;

  test.each(Object.entries(kept))(
    '%s answers at once, counts what it was given, and flushes',
    async (name, receipt) => {
      const backend = name as StoreOrder['backend'];
      const { writer } = await eventDatabase(server);
      await using directory = await spoolDirectory();
      await using store = await openEventStore(order(backend, directory.path, { target: writer }));
      const receipts = manyEvents(100).map((event) => store.append(event));
      expect(new Set(receipts)).toEqual(new Set([receipt]));
      expect(store.counters[receipt]).toBe(100);
      await store.flush();
      expect(store.backend).toBe(backend);
    },
  );

  test.each(['auto', 'postgres'] as const)('%s stores every event once in Postgres', async (backend) => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const events = manyEvents(20_000);
    {
      await using store = await openEventStore(order(backend, directory.path, { target: database.writer }));
      for (const event of events) store.append(event);
      await drained(store);
      expect(store.counters).toMatchObject({ stored: 20_000, duplicates: 0, rejected: 0, refused: 0 });
    }
    expect((await storedIds(database)).sort()).toEqual(ids(events).sort());
  });

  test.each(['auto', 'postgres'] as const)(
    '%s puts what Postgres refuses into the reject file, with the reason',
    async (backend) => {
      const { writer } = await eventDatabase(server);
      await using directory = await spoolDirectory();
      const old = eventAt('2019-01-01T00:00:00.000Z');
      await using store = await openEventStore(order(backend, directory.path, { target: writer }));
      for (const event of [...manyEvents(10), old, ...manyEvents(10)]) store.append(event);
      await drained(store);
      expect(store.counters).toMatchObject({ stored: 20, rejected: 1 });
      expect(store.active).toBe('postgres');
      const [name] = readdirSync(directory.path).filter((entry) => entry.endsWith('.rejected'));
      const kept = JSON.parse(readFileSync(join(directory.path, name!), 'utf8'));
      expect(kept).toMatchObject({ event: old, reason: expect.stringContaining('older or newer') });
    },
  );
});

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

  test('lose a half line that a crash left, and neither the line before nor the one after', async () => {
    await using directory = await spoolDirectory();
    const [before, after] = [eventAt(new Date()), eventAt(new Date())];
    {
      await using store = await openEventStore(order('jsonl', directory.path));
      store.append(before);
    }
    const file = spoolFiles(directory.path)[0]!.path;
    appendFileSync(file, JSON.stringify(after).slice(0, 100));
    await using store = await openEventStore(order('jsonl', directory.path));
    store.append(after);
    expect(spooledIds(directory.path)).toEqual(ids([before, after]));
    expect(readFileSync(`${file}.torn`, 'utf8')).toBe(`${JSON.stringify(after).slice(0, 100)}\n`);
  });

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

describe('postgres', () => {
  test('does not start without its server', async () => {
    await using directory = await spoolDirectory();
    await expect(openEventStore(order('postgres', directory.path, { target: nobodyThere }))).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
  });

  test('does not start without its table, and says what to run', async () => {
    const { writer } = await eventDatabase(server, { migrate: false });
    await using directory = await spoolDirectory();
    await expect(openEventStore(order('postgres', directory.path, { target: writer }))).rejects.toMatchObject({
      code: 'EVENTS_NO_TABLE',
      hint: expect.stringContaining('drydock events migrate'),
    });
  });

  test('says at the next flush that an event is not stored, and stores it when the server is back', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    await using store = await openEventStore(order('postgres', directory.path, { target: database.writer }));
    await shut(database.writer);
    const event = eventAt(new Date());
    store.append(event);
    await expect(store.flush()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    await reopen(database.writer);
    await expect
      .poll(
        () =>
          store.flush().then(
            () => 'flushed',
            () => 'down',
          ),
        { timeout: 5_000 },
      )
      .toBe('flushed');
    expect(await storedIds(database)).toEqual([event.event_id]);
  });

  test('refuses, and counts, what its bounded queue has no room for', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const store = await openEventStore(order('postgres', directory.path, { target: database.writer }));
    await shut(database.writer);
    const event = eventAt(new Date());
    const receipts = Array.from({ length: 50_003 }, () => store.append(event));
    expect(receipts.slice(-4)).toEqual(['pending', 'refused', 'refused', 'refused']);
    expect(store.counters).toMatchObject({ pending: 50_000, refused: 3 });
    await expect(store[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
  });

  test('needs a URL', async () => {
    await using directory = await spoolDirectory();
    await expect(openEventStore(order('postgres', directory.path))).rejects.toMatchObject({ code: 'EVENTS_NO_URL' });
  });
});

describe('auto', () => {
  test('takes events while Postgres is down, and sends them, oldest first, when it is back', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const notes: string[] = [];
    await using store = await openEventStore(
      order('auto', directory.path, { target: database.writer, note: (line) => notes.push(line) }),
    );
    await shut(database.writer);
    const events = manyEvents(3_000);
    for (const event of events) expect(store.append(event)).toBe('accepted');
    await expect.poll(() => store.active).toBe('jsonl');
    await store.flush();
    expect(spooledIds(directory.path)).toEqual(ids(events));
    await reopen(database.writer);
    await expect.poll(() => store.counters.stored, { timeout: 10_000 }).toBe(3_000);
    expect(store.active).toBe('postgres');
    expect(await storedIds(database)).toEqual(ids(events));
    expect(notes).toEqual([
      expect.stringMatching(/^AutoAuditStore: Postgres write failed \(.*\), switching to JSONL fallback$/),
      'AutoAuditStore: Postgres is back, the events of the outage are being sent',
    ]);
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

describe('replay', () => {
  test('sends what lies there once, says what is in use, and has nothing to do the second time', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const [left, live] = [manyEvents(30), manyEvents(5)];
    {
      await using _first = await openEventStore(order('jsonl', directory.path));
      await using second = await openEventStore(order('jsonl', directory.path));
      for (const event of left) second.append(event);
    }
    await using store = await openEventStore(order('jsonl', directory.path));
    for (const event of live) store.append(event);
    await using table = new EventTable(database.writer, 'host-1');
    const again = () => replay({ directory: directory.path, table, now: () => new Date() });
    expect(await again()).toMatchObject({ stored: 30, duplicates: 0, inUse: [1] });
    expect(await again()).toMatchObject({ stored: 0, duplicates: 0, inUse: [1] });
    expect(await storedIds(database)).toEqual(ids(left));
  });

  test('recognises what was sent already when its own notes are lost', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    {
      await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
      for (const event of manyEvents(40)) store.append(event);
      await drained(store);
    }
    writeFileSync(`${spoolFiles(directory.path)[0]!.path}.stored`, '');
    await using table = new EventTable(database.writer, 'host-1');
    const report = await replay({ directory: directory.path, table, now: () => new Date() });
    expect(report).toMatchObject({ stored: 0, duplicates: 40 });
  });

  test('does not enter a rejection twice when its own notes are lost', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    {
      await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
      store.append(eventAt('2019-01-01T00:00:00.000Z'));
      await drained(store);
    }
    const [file] = spoolFiles(directory.path);
    writeFileSync(`${file!.path}.stored`, '');
    await using table = new EventTable(database.writer, 'host-1');
    expect(await replay({ directory: directory.path, table, now: () => new Date() })).toMatchObject({ rejected: 1 });
    expect(readRejections(file!)).toHaveLength(1);
  });

  test('enters a rejection once when its line is in two files, as after a sync that failed', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    mkdirSync(directory.path);
    const line = `${JSON.stringify(eventAt('2019-01-01T00:00:00.000Z'))}\n`;
    for (const name of ['tool_audit_2025-09-22.jsonl', 'tool_audit_2025-09-22.2.jsonl']) {
      writeFileSync(join(directory.path, name), line);
    }
    await using table = new EventTable(database.writer, 'host-1');
    await replay({ directory: directory.path, table, now: () => new Date() });
    expect(spoolFiles(directory.path).flatMap(readRejections)).toHaveLength(1);
  });

  test('does not fuse a rejection with the half line that a crash left in the reject file', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    mkdirSync(directory.path);
    const event = eventAt('2019-01-01T00:00:00.000Z');
    const path = join(directory.path, 'tool_audit_2025-09-22.jsonl');
    writeFileSync(path, `${JSON.stringify(event)}\n`);
    writeFileSync(`${path}.rejected`, '{"at":"2025-09-22T00:0');
    await using table = new EventTable(database.writer, 'host-1');
    await replay({ directory: directory.path, table, now: () => new Date() });
    expect(spoolFiles(directory.path).flatMap(readRejections)).toMatchObject([{ event }]);
  });

  test('sends what is written into a file that was cut back behind what had been read of it', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const [safe, cut, later] = manyEvents(3);
    const send = async (events: ToolEvent[]) => {
      await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
      for (const event of events) store.append(event);
      await drained(store);
    };
    await send([safe!, cut!]);
    const { path } = spoolFiles(directory.path)[0]!;
    truncateSync(path, Buffer.byteLength(JSON.stringify(safe)) + 1);
    await send([later!]);
    expect(await storedIds(database)).toEqual(ids([safe!, cut!, later!]));
  });
});

test('the start line names the backend and never the password', () => {
  const line = startLine({ backend: 'auto', target: nobodyThere, directory: '/var/log/audit' });
  expect(line).toBe(
    'AuditStore: auto (postgres→jsonl fallback) dsn=postgresql://gateway@127.0.0.1:9/audit dir=/var/log/audit',
  );
});

test('a folder that cannot be made is named', async () => {
  await using directory = await spoolDirectory();
  writeFileSync(directory.path, 'a file');
  await expect(openEventStore(order('jsonl', directory.path))).rejects.toMatchObject({ code: 'EVENTS_DIRECTORY' });
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

function ids(events: readonly { event_id: string }[]): string[] {
  return events.map(({ event_id }) => event_id);
}

function spooledIds(directory: string): string[] {
  return spoolFiles(directory).flatMap((file) => [...stretchesOf(file)].flatMap(({ events }) => ids(events)));
}

async function drained(store: EventStore): Promise<void> {
  await (store instanceof AutoStore ? store.drained() : store.flush());
}

/** A server that ends every connection at once, and counts them. */
async function slammedDoor() {
  let knocks = 0;
  const listener = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    target: { ...nobodyThere, port: (listener.address() as AddressInfo).port },
    knocks: () => knocks,
    [Symbol.asyncDispose]: async () => void listener.close(),
  };
}

/** An outage of this database only: nobody gets in, and who is in is thrown out. */
async function shut({ user, database }: Target): Promise<void> {
  await using session = await server.connect('postgres');
  await session.query(`alter database "${database}" allow_connections false`);
  await session.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [user]);
}

async function reopen({ database }: Target): Promise<void> {
  await using session: Session = await server.connect('postgres');
  await session.query(`alter database "${database}" allow_connections true`);
}
