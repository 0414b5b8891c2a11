import { readDays } from './days.ts';
import { chainProblems } from './order.ts';
import type { Day, StoredEntry } from './parse.ts';
import { cut } from './problems.ts';
import type { TrailProblem } from './problems.ts';

/** The newest entry of a trail. Kept outside it, its sha256 or number shows later whether the end was cut off. */
export interface TrailHead {
  number: number;
  sha256: string;
  heading: string;
  file: string;
}

export interface TrailReport {
  /** How many chained entries the files hold. */
  entries: number;
  /** null when no entry is what was written. */
  head: TrailHead | null;
  /** In the order of files and lines; empty when every entry is as it was written. */
  problems: TrailProblem[];
}

/**
 * Reads the whole trail and names everything that is not as it was written.
 * Without `head` a trail whose newest entries were cut off looks whole: only what is kept elsewhere can tell.
 * @param options.head the sha256 or the number of an entry that the trail is known to have reached
 * @throws DrydockError TRAIL_UNREADABLE
 */
export async function verifyTrail(
  directory: string,
  options: { head?: string | number; chain?: string } = {},
): Promise<TrailReport> {
  return verifyDays(await readDays(directory, options.chain), options.head);
}

/** `verifyTrail`, for days that are in memory. */
export function verifyDays(days: readonly Day[], head?: string | number): TrailReport {
  const entries = days.flatMap((day) => day.entries);
  const newest = newestOf(entries);
  const known = typeof head === 'string' ? head : undefined;
  const problems = [...days.flatMap((day) => day.strays), ...chainProblems(entries, known)].sort(byPlace);
  if (head !== undefined && !reaches(entries, head)) problems.push(cutAfter(newest, head));
  return { entries: entries.length, head: newest ? headOf(newest) : null, problems };
}

function newestOf(entries: readonly StoredEntry[]): StoredEntry | undefined {
  const intact = entries.filter((entry) => entry.intact);
  return intact.reduce<StoredEntry | undefined>((a, b) => (a && a.number >= b.number ? a : b), undefined);
}

function reaches(entries: readonly StoredEntry[], head: string | number): boolean {
  return entries.some((entry) => entry.number === head || entry.sha256 === head);
}

function cutAfter(newest: StoredEntry | undefined, head: string | number): TrailProblem {
  const expected = typeof head === 'number' ? `entry ${head}` : `the entry with sha256 ${head}`;
  if (!newest) return cut({ file: '', line: 1, heading: null }, 'before its first entry', expected);
  return cut(newest, `with entry ${newest.number}`, expected);
}

function headOf({ number, sha256, heading, file }: StoredEntry): TrailHead {
  return { number, sha256, heading, file };
}

function byPlace(a: TrailProblem, b: TrailProblem): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
