import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { EventFiles } from './duckdb.ts';
import { dayOf, spoolFiles, type SpoolFile } from './file-names.ts';
import { stretchesOf } from './spool-reader.ts';

interface Original {
  readonly name: string;
  readonly sha256: string;
}

/** What a Parquet file was made of; kept beside it. */
export interface CompactedDay {
  readonly day: string;
  readonly file: string;
  readonly events: number;
  /** Lines that were in two files, or twice in one. */
  readonly duplicates: number;
  /** Lines that are no events. */
  readonly damaged: number;
  readonly originals: readonly Original[];
}

export interface CompactOrder {
  readonly directory: string;
  readonly output: string;
  /** The last complete UTC days to look at. */
  readonly windowDays: number;
  /** Looked at before each day. */
  readonly signal?: AbortSignal;
  now(): Date;
}

const dayMs = 86_400_000;

/**
 * Makes a Parquet file of every complete UTC day of the window. Today's files are left alone, and so are the originals of
 * every day: `cleanup` removes them in time. A day whose originals did not change since is not done again.
 * @throws DrydockError EVENTS_COMPACTION when the Parquet file does not hold what the originals do; it is then removed
 */
export async function compact({ directory, output, windowDays, signal, now }: CompactOrder): Promise<CompactedDay[]> {
  await mkdir(output, { recursive: true, mode: 0o700 });
  const [first, today] = [dayOf(new Date(now().getTime() - windowDays * dayMs)), dayOf(now())];
  const days = Object.groupBy(
    spoolFiles(directory).filter(({ day }) => day >= first && day < today),
    ({ day }) => day,
  );
  const done: CompactedDay[] = [];
  for (const [day, files] of Object.entries(days)) {
    signal?.throwIfAborted();
    const originals = await Promise.all(
      files!.map(async ({ path }) => ({ name: basename(path), sha256: await hashOf(path) })),
    );
    const before = await readManifest(output, day);
    const isKnown = (one: Original) =>
      before?.originals.some(({ name, sha256 }) => name === one.name && sha256 === one.sha256);
    if (originals.every(isKnown)) continue;
    const gone = before?.originals.filter(({ name }) => !originals.some((one) => one.name === name)) ?? [];
    done.push(await compactDay(day, files!, { originals, gone, before }, output));
  }
  return done;
}

/** The Parquet files of a folder. */
export async function parquetFiles(folder: string): Promise<{ path: string; day: string }[]> {
  const names = await readdir(folder).catch((error) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => {
    const day = /^tool_audit_(\d{4}-\d\d-\d\d)\.parquet$/.exec(name)?.[1];
    return day ? [{ path: join(folder, name), day }] : [];
  });
}

/** @returns undefined when that day was not compacted */
export async function readManifest(folder: string, day: string): Promise<CompactedDay | undefined> {
  try {
    return JSON.parse(await readFile(manifestFile(folder, day), 'utf8')) as CompactedDay;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function compactDay(
  day: string,
  files: readonly SpoolFile[],
  { originals, gone, before }: { originals: Original[]; gone: Original[]; before: CompactedDay | undefined },
  output: string,
): Promise<CompactedDay> {
  const path = join(output, `tool_audit_${day}.parquet`);
  // of an original that is gone the Parquet file is all there is
  const kept = gone.length > 0 ? before : undefined;
  const source = { jsonl: files.map((file) => file.path), parquet: kept ? [path] : [] };
  const counts = countLines(files);
  const [lines, damaged] = [counts.lines + (kept?.events ?? 0), counts.damaged + (kept?.damaged ?? 0)];
  await using all = await EventFiles.open([source]);
  await using once = await EventFiles.open([{ ...source, distinct: true }], { output });
  await once.writeParquet(`${path}.tmp`);
  await using written = await EventFiles.open([{ jsonl: [], parquet: [`${path}.tmp`] }]);
  const [read, was, is] = [await contentsOf(all), await contentsOf(once), await contentsOf(written)];
  if (read.events !== lines || was.hash !== is.hash || was.events !== is.events) {
    await rm(`${path}.tmp`);
    throw new DrydockError(
      'EVENTS_COMPACTION',
      `${path} would hold ${is.events} events of ${read.events} lines, and its originals hold ${lines} lines.`,
      {
        hint: 'The originals are as they were. Look at the .torn and .rejected files of that day, then try again.',
      },
    );
  }
  const counted = { events: is.events, duplicates: lines - is.events, damaged };
  const manifest: CompactedDay = { day, file: basename(path), ...counted, originals: [...gone, ...originals] };
  await rename(`${path}.tmp`, path);
  await writeFile(manifestFile(output, day), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Counted by our own reader, so that DuckDB's is not its own witness. */
function countLines(files: readonly SpoolFile[]): { lines: number; damaged: number } {
  let [lines, damaged] = [0, 0];
  for (const file of files) {
    for (const stretch of stretchesOf(file)) {
      lines += stretch.events.length;
      damaged += stretch.damaged.length;
    }
  }
  return { lines, damaged };
}

async function contentsOf(files: EventFiles): Promise<{ events: number; hash: string }> {
  const [row] = await files.rows<{ events: number; hash: string }>('contents');
  return row!;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function manifestFile(folder: string, day: string): string {
  return join(folder, `tool_audit_${day}.json`);
}
