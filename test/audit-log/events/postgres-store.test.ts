import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEventStore } from '../../../audit-log/events/index.ts';
import { nobodyThere, order, reopen, shut } from '../../support/event-stores.ts';
import { eventAt, eventDatabase, spoolDirectory, startServer, storedIds } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

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
    await shut(server, database.writer);
    const event = eventAt(new Date());
    store.append(event);
    await expect(store.flush()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    await reopen(server, database.writer);
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
    await shut(server, database.writer);
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
