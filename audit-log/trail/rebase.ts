import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { lock } from '../../ops/lock.ts';
import { writable } from './append.ts';
import { listDays, readDays } from './days.ts';
import { removeUnfinished, replaceFile } from './durable.ts';
import { chained, dayOfFile, entrySha256, isDayOf, positionAfter, titleOf } from './format.ts';
import { parseDay } from './parse.ts';
import type { Day, StoredEntry } from './parse.ts';
import { verifyDays } from './verify.ts';

/** The day files of one version of a trail, by name. */
export type DayFiles = ReadonlyMap<string, Buffer>;

/** An entry that now follows another one than before. */
export interface MovedEntry {
  heading: string;
  /** The sha256 of its heading and body, which moving it does not change. */
  contentSha256: string;
  from: { file: string; number: number; sha256: string };
  to: { file: string; number: number; sha256: string };
}

/**
 * Mends a fork: two runs at once each appended to the trail they knew. Takes the trail as `onto` has it, and puts the
 * entries that only `own` has after its end; of these the content stays, byte for byte, and the chain line is new.
 * Killed half-way, it can be done again: `own` and `onto` are versions kept elsewhere, in commits.
 * @param request.directory the trail's folder, which becomes the result
 * @returns the entries that moved; none when there was no fork
 * @throws DrydockError TRAIL_BROKEN, TRAIL_UNCOMMITTED, TRAIL_UNREADABLE, TRAIL_UNWRITABLE, LOCK_TIMEOUT
 */
export async function rebaseTrail(request: {
  directory: string;
  lockFile: string;
  own: DayFiles;
  onto: DayFiles;
}): Promise<MovedEntry[]> {
  const { directory, lockFile, onto } = request;
  using _held = await lock(lockFile);
  const [theirs, ours] = [parsed(onto), parsed(request.own)];
  requireSound(theirs);
  requireWhole(ours);
  const known = new Set(entriesOf(theirs).map((entry) => entry.sha256));
  const own = entriesOf(ours).filter((entry) => !known.has(entry.sha256));
  await writable(
    directory,
    mkdir(directory, { recursive: true }).then(() => removeUnfinished(directory)),
  );
  await refuseUncommitted(directory, new Set([...known, ...own.map((entry) => entry.sha256)]));

  const { files, moved } = appended(onto, entriesOf(theirs).at(-1), own);
  if (moved.length > 0) await replaceAll(directory, files);
  return moved;
}

function parsed(files: DayFiles): Day[] {
  return [...files]
    .filter(([file]) => isDayOf(file))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, bytes]) => parseDay(file, bytes));
}

function entriesOf(days: readonly Day[]): StoredEntry[] {
  return days.flatMap((day) => day.entries);
}

/** Nothing follows a trail that is broken itself. */
function requireSound(days: readonly Day[]): void {
  const [problem] = verifyDays(days).problems;
  if (problem) throw broken(problem);
}

/** A fork may be in it, but every entry has to be what was written, with nothing beside it that would get lost. */
function requireWhole(days: readonly Day[]): void {
  const [stray] = days.flatMap((day) => day.strays);
  if (stray) throw broken(stray);
  const changed = entriesOf(days).find((entry) => !entry.intact);
  if (changed) throw broken({ ...changed, message: `Entry ${changed.number} is not what was written.` });
}

function broken({ file, line, message }: { file: string; line: number; message: string }): DrydockError {
  return new DrydockError('TRAIL_BROKEN', `Entries cannot be moved in a broken trail; ${file}:${line}: ${message}`, {
    hint: `Run \`drydock trail verify\` on that version, and restore ${file} from version control.`,
  });
}

/** What stands in the folder and in no commit would be lost. */
async function refuseUncommitted(directory: string, committed: ReadonlySet<string>): Promise<void> {
  const entry = entriesOf(await readDays(directory)).find(({ intact, sha256: own }) => intact && !committed.has(own));
  if (!entry) return;
  throw new DrydockError('TRAIL_UNCOMMITTED', `Entry ${entry.number} in ${entry.file} is in no commit yet.`, {
    hint: 'Commit the trail, then rebase it.',
  });
}

function appended(onto: DayFiles, last: StoredEntry | undefined, own: readonly StoredEntry[]) {
  const files = new Map(onto);
  const moved: MovedEntry[] = [];
  let end: { number: number; file: string; sha256: string } | undefined = last;
  for (const entry of own) {
    const position = positionAfter(end, dayOfFile(entry.file));
    const file = `${position.day}.md`;
    const before = files.get(file) ?? Buffer.from(titleOf(position.day));
    files.set(file, Buffer.concat([before, chained(position, entry.content)]));
    end = { number: position.number, file, sha256: entrySha256(position, entry.content) };
    if (end.sha256 !== entry.sha256) moved.push(movedEntry(entry, end));
  }
  return { files, moved };
}

function movedEntry(entry: StoredEntry, to: MovedEntry['to']): MovedEntry {
  const { heading, content, file, number, sha256: was } = entry;
  return { heading, contentSha256: sha256(content), from: { file, number, sha256: was }, to };
}

async function replaceAll(directory: string, files: DayFiles): Promise<void> {
  for (const file of await listDays(directory)) {
    if (!files.has(file)) await writable(file, rm(join(directory, file)));
  }
  for (const [file, bytes] of files) await writable(file, replaceFile(join(directory, file), bytes));
}
