import { basename } from 'node:path';
import {
  EventFiles,
  eventFiles,
  firstFileDay,
  parquetFiles,
  readManifest,
  type FileSet,
  type Window,
} from '../events/index.ts';
import { dimensions, type Tally, type TallySource } from './tally.ts';

/**
 * JSONL files of a directory, gzipped or not, and of the days that have lost some of theirs the Parquet files of another.
 * An event may lie in the file of another day than its own.
 */
export function fileTallies(directory: string, compacted: string): TallySource {
  const read = async (
    name: 'tally' | 'hours',
    { since, until }: Window,
    further: Record<string, string | null> = {},
  ): Promise<Tally[]> => {
    const days = await filesByDay(directory, compacted, firstFileDay(since));
    if (days.length === 0) return [];
    await using files = await EventFiles.open(setsOf(days));
    return await files.rows<Tally>(name, { since: withoutZone(since), until: withoutZone(until), ...further });
  };
  return {
    name: 'jsonl',
    total: (window, { dimensions: some = dimensions, apart } = {}) =>
      read('tally', window, { dimensions: JSON.stringify(some), apart: apart ? JSON.stringify(apart) : null }),
    hourly: (window) => read('hours', window),
  };
}

/** The files that hold what was written on each day, from a day on. */
async function filesByDay(directory: string, compacted: string, first: string): Promise<FileSet[]> {
  const isWanted = ({ day }: { day: string }) => day >= first;
  const jsonl = Map.groupBy(eventFiles(directory).filter(isWanted), ({ day }) => day);
  const days = new Map<string, FileSet>();
  for (const [day, files] of jsonl) days.set(day, { jsonl: files.map(({ path }) => path), parquet: [] });
  for (const { day, path } of (await parquetFiles(compacted)).filter(isWanted)) {
    const { jsonl } = days.get(day) ?? { jsonl: [] };
    if (jsonl.length === 0 || (await hasLost(compacted, day, jsonl))) days.set(day, { jsonl, parquet: [path] });
  }
  return [...days.values()];
}

/** Whether a file that the Parquet file of a day was made of is gone. */
async function hasLost(compacted: string, day: string, paths: readonly string[]): Promise<boolean> {
  const there = new Set(paths.map((path) => basename(path, '.gz')));
  const manifest = await readManifest(compacted, day);
  return manifest === undefined || manifest.originals.some(({ name }) => !there.has(name));
}

/** Only what lies in several files of a day can be there twice, and looking for it takes time and memory. */
function setsOf(days: readonly FileSet[]): FileSet[] {
  const { single = [], several = [] } = Object.groupBy(days, ({ jsonl, parquet }) =>
    jsonl.length + parquet.length > 1 ? 'several' : 'single',
  );
  return [joined(single), { ...joined(several), distinct: true }];
}

function joined(sets: readonly FileSet[]): FileSet {
  return { jsonl: sets.flatMap(({ jsonl }) => jsonl), parquet: sets.flatMap(({ parquet }) => parquet) };
}

/** DuckDB reads UTC as a timestamp without a zone. */
function withoutZone(time: Date): string {
  return time.toISOString().slice(0, -1);
}
