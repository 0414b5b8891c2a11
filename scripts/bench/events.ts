import { eventDatabase, startServer, type EventDatabase } from '../../test/support/events.ts';
import { loadDay, measureDigests } from './event-digests.ts';
import { eventLatency } from './event-latency.ts';
import { eventLoss } from './event-loss.ts';
import { againstCopy, againstSingleInserts, againstSyncPerEvent } from './event-writing.ts';
import type { BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const digested = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);

/** What is measured of tool events, by its name on the command line: `npm run bench events/copy`. */
export const eventParts: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  'events/inserts': async () => [await withDatabase(againstSingleInserts)],
  'events/copy': async () => [await withDatabase(againstCopy)],
  'events/jsonl': async () => [await withFolder(againstSyncPerEvent)],
  'events/latency': () => withDatabase((database) => withFolder((folder) => eventLatency(database, folder))),
  'events/loss': async () => [await withFolder(eventLoss)],
  'events/digests': () =>
    withDatabase((database) => withFolder(async (folder) => measureDigests(await loadDay(database, folder, digested)))),
};

/** All of them, one after another. */
export async function benchEvents(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const part of Object.values(eventParts)) rows.push(...(await part()));
  return rows;
}

async function withDatabase<T>(measure: (database: EventDatabase) => Promise<T>): Promise<T> {
  await using server = await startServer();
  return await measure(await eventDatabase(server));
}

async function withFolder<T>(measure: (path: string) => Promise<T>): Promise<T> {
  await using folder = await benchFolder();
  return await measure(folder.path);
}
