import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEventStore, startLine, type StoreOrder } from '../../../audit-log/events/index.ts';
import { drained, ids, nobodyThere, order } from '../../support/event-stores.ts';
import { eventAt, eventDatabase, manyEvents, spoolDirectory, startServer, storedIds } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

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

test('the start line names the backend and never the password', () => {
  const line = startLine({ backend: 'auto', target: nobodyThere, directory: '/var/log/audit' });
  expect(line).toBe(
    'AuditStore: auto (postgres→jsonl fallback) dsn=postgresql://gateway@127.0.0.1:9/audit dir=/var/log/audit',
  );
});

test.each(['jsonl', 'auto', 'postgres'] as const)('a folder that %s cannot make is named', async (backend) => {
  await using directory = await spoolDirectory();
  writeFileSync(directory.path, 'a file');
  const attempt = openEventStore(order(backend, directory.path, { target: nobodyThere }));
  await expect(attempt).rejects.toMatchObject({ code: 'EVENTS_DIRECTORY' });
});
