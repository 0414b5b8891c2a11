import { cpSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  openEventStore,
  realDisk,
  spoolFiles,
  stretchesOf,
  type Disk,
  type EventStore,
  type ToolEvent,
} from '../../../audit-log/events/index.ts';
import { manyEvents, spoolDirectory } from '../../support/events.ts';

const [safe, unsure, later] = [manyEvents(5), manyEvents(5), manyEvents(5)];

describe('lines that leave a file whose fdatasync failed are in one file', () => {
  test('when the other file cannot be synced either', async () => {
    await using directory = await spoolDirectory();
    const store = await open(directory.path, diskThat({ failSync: [2, 3] }));
    await append(store, safe);
    await expect(append(store, unsure)).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    await expect(store[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'EVENTS_NOT_STORED' });
    expect(spooled(directory.path)).toEqual(idsOf([...safe, ...unsure]));
  });

  test('and those accepted meanwhile too, when the next sync fails as well', async () => {
    await using directory = await spoolDirectory();
    const meanwhile = manyEvents(3);
    const disk = diskThat({
      failSync: [2, 4],
      at: { sync: 3, then: () => meanwhile.forEach((one) => store.append(one)) },
    });
    await using store = await open(directory.path, disk);
    await append(store, safe);
    await append(store, unsure);
    await append(store, later);
    expect(spooled(directory.path)).toEqual(idsOf([...safe, ...unsure, ...meanwhile, ...later]));
    expect(spoolFiles(directory.path)).toHaveLength(3);
  });

  test('after kill -9 once they were written, whoever comes next', async () => {
    await using directory = await spoolDirectory();
    const killed = await killedWhileMoving(directory.path, { sync: 3 });
    expect(spooled(killed)).toHaveLength(15);
    await using _one = await open(killed);
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure]));
    await using _other = await open(killed);
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure]));
    expect(announcements(killed)).toEqual([]);
  });

  test('after kill -9 in the middle of writing them, whoever comes next', async () => {
    await using directory = await spoolDirectory();
    const killed = await killedWhileMoving(directory.path, { halfWrite: 11 });
    expect(announcements(killed)).toHaveLength(1);
    await using one = await open(killed);
    await append(one, later); // into the file that they were leaving
    await using _other = await open(killed);
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure, ...later]));
    expect(announcements(killed)).toEqual([]);
  });

  test('after kill -9 in the middle of saying where they go', async () => {
    await using directory = await spoolDirectory();
    const killed = await killedWhileMoving(directory.path, { halfWrite: 11 });
    truncateSync(join(killed, announcements(killed)[0]!), 5);
    truncateSync(spoolFiles(killed)[1]!.path, 0);
    await using _one = await open(killed);
    await using _other = await open(killed);
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure]));
    expect(announcements(killed)).toEqual([]);
  });

  test('after a power cut that left zeros where they were written', async () => {
    await using directory = await spoolDirectory();
    const killed = await killedWhileMoving(directory.path, { sync: 3 });
    const { path } = spoolFiles(killed)[1]!;
    writeFileSync(path, Buffer.alloc(statSync(path).size));
    await using _one = await open(killed);
    await using _other = await open(killed);
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure]));
  });

  test('and what is written behind them stays, however often somebody comes', async () => {
    await using directory = await spoolDirectory();
    const killed = await killedWhileMoving(directory.path, { sync: 3 });
    for (const event of later) {
      await using one = await open(killed);
      await append(one, [event]);
    }
    expect(spooled(killed)).toEqual(idsOf([...safe, ...unsure, ...later]));
  });
});

interface Trouble {
  /** Which syncs fail, counted from 1. */
  readonly failSync?: readonly number[];
  /** What happens in the middle of a sync, or of a write of which half is done. */
  readonly at?: { readonly sync?: number; readonly halfWrite?: number; then(): void };
}

function diskThat({ failSync = [], at }: Trouble): Disk {
  let [syncs, writes] = [0, 0];
  return {
    ...realDisk,
    write(descriptor, bytes, offset) {
      writes += 1;
      if (writes !== at?.halfWrite) return realDisk.write(descriptor, bytes, offset);
      const written = realDisk.write(descriptor, bytes.subarray(0, bytes.length >> 1), offset);
      at.then();
      return written;
    },
    async sync(descriptor) {
      syncs += 1;
      const now = syncs;
      if (now === at?.sync) at.then();
      if (failSync.includes(now)) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      await realDisk.sync(descriptor);
    },
  };
}

/** @returns a directory as kill -9 leaves it at that moment of a move */
async function killedWhileMoving(path: string, moment: { sync?: number; halfWrite?: number }): Promise<string> {
  const killed = `${path}-killed`;
  const then = () => cpSync(path, killed, { recursive: true });
  await using store = await open(path, diskThat({ failSync: [2], at: { ...moment, then } }));
  await append(store, safe);
  await append(store, unsure);
  return killed;
}

function open(directory: string, disk: Disk = realDisk): Promise<EventStore> {
  return openEventStore({ backend: 'jsonl', directory, disk, host: 'host-1', now: () => new Date(), note() {} });
}

async function append(store: EventStore, events: readonly ToolEvent[]): Promise<void> {
  for (const event of events) store.append(event);
  await store.flush();
}

function spooled(directory: string): string[] {
  return spoolFiles(directory)
    .flatMap((file) => [...stretchesOf(file)].flatMap(({ events }) => idsOf(events)))
    .sort();
}

function idsOf(events: readonly ToolEvent[]): string[] {
  return events.map(({ event_id }) => event_id).sort();
}

function announcements(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.includes('.moving-'));
}
