import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { lock } from '../../ops/lock.ts';
import { listDays, readDay } from './days.ts';
import { extendFile, removeUnfinished } from './durable.ts';
import { chained, contentOf, dayOf, entrySha256, positionAfter, titleOf } from './format.ts';
import type { Day, StoredEntry } from './parse.ts';

export interface NewEntry {
  /** One line of plain text, without `## `. */
  heading: string;
  /** Markdown with headings from `###` down. */
  body: string;
  /** Decides the day file, in UTC. */
  at: Date;
  /** A chain of its own, in files named after it: `prod` for promotions. */
  chain?: string;
}

export interface AppendedEntry {
  /** The name of the day file. */
  file: string;
  number: number;
  /** The heading as it stands in the file. */
  heading: string;
  sha256: string;
  prev: string;
}

/** The newest day of a trail, and the entry that the next one follows. */
interface TrailEnd {
  file: string;
  bytes: Buffer;
  last: StoredEntry;
}

/**
 * Appends an entry to the trail and chains it to the one before. All of it is there afterwards, or nothing:
 * kill -9, a full disk or a second run at the same time neither tear, lose nor double an entry.
 * @param directory the trail's folder; made when missing
 * @param lockFile one path for all who append to this trail, outside the folder
 * @throws DrydockError TRAIL_ENTRY_FORGED, TRAIL_BROKEN, TRAIL_CHANGED, TRAIL_UNREADABLE, TRAIL_UNWRITABLE, LOCK_TIMEOUT
 */
export async function appendEntry(request: {
  directory: string;
  lockFile: string;
  entry: NewEntry;
}): Promise<AppendedEntry> {
  const { directory, lockFile, entry } = request;
  const { heading, content } = contentOf(entry.heading, entry.body);
  using _held = await lock(lockFile);
  await writable(directory, prepare(directory));

  const end = await endOfTrail(directory, entry.chain);
  const position = positionAfter(end?.last, dayIn(entry));
  const file = `${position.day}.md`;
  const before = end?.file === file ? end.bytes : undefined;
  const added = chained(position, content);
  const title = Buffer.from(titleOf(position.day));
  await writable(file, extendFile(join(directory, file), before, before ? added : Buffer.concat([title, added])));

  const { number, prev } = position;
  return { file, number, heading, sha256: entrySha256(position, content), prev };
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await removeUnfinished(directory);
}

async function endOfTrail(directory: string, chain?: string): Promise<TrailEnd | undefined> {
  const file = (await listDays(directory, chain)).at(-1);
  if (file === undefined) return undefined;
  const { bytes, day } = await readDay(directory, file);
  return { file, bytes, last: lastEntryOf(day) };
}

/** Damage further up is for `verify` to name; a new entry needs only a sound end to follow. */
function lastEntryOf({ file, entries, strays }: Day): StoredEntry {
  const [before, last] = [entries.at(-2), entries.at(-1)];
  const after = strays.find((stray) => !last || stray.line > last.line);
  if (after) throw broken(file, after.message);
  if (!last?.intact) throw broken(file, 'Its last entry does not have the sha256 of its chain line.');
  if (before && last.prev !== before.sha256) throw broken(file, 'Its last entry does not follow the one before.');
  return last;
}

function broken(file: string, why: string): DrydockError {
  return new DrydockError('TRAIL_BROKEN', `No entry can follow the end of ${file}: ${why}`, {
    hint: `Run \`drydock trail verify\`, then restore ${file} from version control.`,
  });
}

/** The day of an entry, with the name of its chain where it is not the main one. */
function dayIn({ at, chain }: NewEntry): string {
  return chain === undefined ? dayOf(at) : `${dayOf(at)}-${chain}`;
}

/** Says what could not be written, and that nothing was. */
export async function writable(path: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DrydockError) throw error;
    throw new DrydockError('TRAIL_UNWRITABLE', `Cannot write the audit trail at ${path}: ${messageOf(error)}.`, {
      hint: 'Make room on its disk and make its folder writable for this user; the trail is as it was before.',
      cause: error,
    });
  }
}
