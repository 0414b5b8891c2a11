import { appendFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EventTable,
  openEventStore,
  readRejections,
  replay,
  spoolFiles,
  type ToolEvent,
} from '../../../audit-log/events/index.ts';
import { drained, ids, order } from '../../support/event-stores.ts';
import { eventAt, eventDatabase, manyEvents, spoolDirectory, startServer, storedIds } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

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
    appendFileSync(spoolFiles(directory.path).find(({ slot }) => slot === 2)!.path, '{"half');
    await using store = await openEventStore(order('jsonl', directory.path));
    for (const event of live) store.append(event);
    await using table = new EventTable(database.writer, 'host-1');
    const again = () => replay({ directory: directory.path, table, now: () => new Date() });
    expect(await again()).toMatchObject({ stored: 30, duplicates: 0, tornBytes: 6, inUse: [1] });
    expect(await again()).toMatchObject({ stored: 0, duplicates: 0, tornBytes: 0, inUse: [1] });
    expect(await storedIds(database)).toEqual(ids(left));
  });

  test.each(['', 'null', '{}', '{"offset":-5}', '{"offset":"7"}', '[]'])(
    'recognises what was sent already when its own notes are lost: %j',
    async (notes) => {
      const database = await eventDatabase(server);
      await using directory = await spoolDirectory();
      {
        await using store = await openEventStore(order('auto', directory.path, { target: database.writer }));
        for (const event of manyEvents(40)) store.append(event);
        await drained(store);
      }
      writeFileSync(`${spoolFiles(directory.path)[0]!.path}.stored`, notes);
      await using table = new EventTable(database.writer, 'host-1');
      const report = await replay({ directory: directory.path, table, now: () => new Date() });
      expect(report).toMatchObject({ stored: 0, duplicates: 40 });
    },
  );

  test('that is interrupted goes on where it was', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const events = manyEvents(10_000);
    {
      await using store = await openEventStore(order('jsonl', directory.path));
      for (const event of events) store.append(event);
    }
    const stop = new AbortController();
    class Interrupted extends EventTable {
      override async write(batch: readonly ToolEvent[]) {
        const written = await super.write(batch);
        stop.abort(new Error('interrupted'));
        return written;
      }
    }
    await using table = new Interrupted(database.writer, 'host-1');
    const { path } = directory;
    await expect(replay({ directory: path, table, signal: stop.signal, now: () => new Date() })).rejects.toThrow(
      'interrupted',
    );
    const before = (await storedIds(database)).length;
    expect(before).toBeLessThan(10_000);
    const rest = await replay({ directory: path, table, now: () => new Date() });
    expect(rest).toMatchObject({ stored: 10_000 - before, duplicates: 0 });
    expect(await storedIds(database)).toEqual(ids(events));
  });

  test('passes a damaged line that is longer than what is read at once', async () => {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    mkdirSync(directory.path);
    const [one, other] = manyEvents(2);
    const path = join(directory.path, 'tool_audit_2025-09-22.jsonl');
    writeFileSync(path, `${JSON.stringify(one)}\n${'x'.repeat(3_000_000)}\n${JSON.stringify(other)}\n`);
    await using table = new EventTable(database.writer, 'host-1');
    await replay({ directory: directory.path, table, now: () => new Date() });
    expect(await storedIds(database)).toEqual(ids([one!, other!]));
    expect(readRejections(spoolFiles(directory.path)[0]!)).toMatchObject([
      { line: expect.stringMatching(/^x{3000000}$/) },
    ]);
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
