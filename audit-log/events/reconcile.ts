import type { Session } from '../../ops/postgres/index.ts';
import { readCursor } from './cursor.ts';
import { EmittedCounts, minuteOf, type CountsByMinute } from './emitted.ts';
import { firstFileDay, spoolFiles, type SpoolFile } from './file-names.ts';
import { queryEvents } from './queries.ts';
import { readRejections } from './rejects.ts';
import { stretchesOf } from './spool-reader.ts';

/** A half-open stretch of time, in UTC: since ≤ ts < until. */
export interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** Where the events of a source went. They balance when emitted = stored + spooled + rejected. */
export interface Balance {
  /** In the JSONL files, however far they got; where an event stands twice and counts differ, it is one. */
  readonly emitted: number;
  /** In Postgres, by its ledger. */
  readonly stored: number;
  /** Still only in files. */
  readonly spooled: number;
  readonly rejected: number;
}

export interface Reconciliation extends Balance {
  readonly source: string;
  readonly balanced: boolean;
  /** The minutes that do not balance. */
  readonly gaps: readonly (Balance & { readonly minute: string })[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface ReconcileOrder {
  readonly directory: string;
  readonly source: string;
  /** Sees the ledger; without one, files are where events stay, and all of them count as spooled. */
  readonly session: Session | undefined;
  /** Whoever reconciles again and again hands in the same one. */
  readonly emitted?: EmittedCounts;
}

/**
 * Compares, minute by minute, what a directory was given with what became of it. Writers may be at work: cursors are read
 * before the ledger and files after it, so that what is on its way in between shows in the files.
 * @param window whole minutes
 */
export async function reconcile(
  { directory, source, session, emitted = new EmittedCounts() }: ReconcileOrder,
  window: Window,
): Promise<Reconciliation> {
  const minutes = new Minutes(window);
  const cursors = new Map(filesSince(directory, window).map((file) => [file.path, readCursor(file).offset]));
  for (const { minute, stored } of session ? await storedBy(session, source, window) : []) {
    minutes.add('stored', minute, stored);
  }
  for (const file of filesSince(directory, window)) {
    const counts = await emitted.of(file);
    for (const [minute, count] of counts) minutes.add('emitted', minute, count);
    if (session) countUnsent(file, cursors.get(file.path) ?? 0, minutes);
    else for (const [minute, count] of counts) minutes.add('spooled', minute, count);
  }
  for (const [minute, count] of await emitted.repeated(filesSince(directory, window), minutes.missing())) {
    minutes.add('emitted', minute, -count);
  }
  return sumOf(source, minutes.all());
}

function filesSince(directory: string, { since }: Window): SpoolFile[] {
  return spoolFiles(directory).filter(({ day }) => day >= firstFileDay(since));
}

/** @param offset up to where Postgres had answered for the file */
function countUnsent(file: SpoolFile, offset: number, minutes: Minutes): void {
  for (const { events } of stretchesOf(file, offset)) {
    for (const { ts } of events) minutes.add('spooled', minuteOf(ts), 1);
  }
  for (const { event } of readRejections(file)) {
    if (event) minutes.add('rejected', minuteOf(event.ts), 1);
  }
}

/** Balances of the minutes of a window. */
class Minutes {
  readonly #window: Window;
  readonly #balances = new Map<string, Mutable<Balance>>();

  constructor(window: Window) {
    this.#window = window;
  }

  add(what: keyof Balance, minute: string, count: number): void {
    if (!isWithin(minute, this.#window)) return;
    const balance = this.#balances.get(minute) ?? { emitted: 0, stored: 0, spooled: 0, rejected: 0 };
    balance[what] += count;
    this.#balances.set(minute, balance);
  }

  /** The lines of the minutes that have more of them than were answered for. */
  missing(): CountsByMinute {
    const short = [...this.all()].filter(([, balance]) => balance.emitted > answeredFor(balance));
    return new Map(short.map(([minute, { emitted }]) => [minute, emitted]));
  }

  all(): Map<string, Balance> {
    return new Map([...this.#balances].map(([minute, balance]) => [minute, settled(balance)]));
  }
}

/** What was answered for and lies behind the cursor too was sent, and its cursor has not moved yet: it is no longer spooled. */
function settled({ emitted, stored, spooled, rejected }: Balance): Balance {
  const twice = Math.max(0, answeredFor({ stored, spooled, rejected }) - emitted);
  return { emitted, stored, spooled: Math.max(0, spooled - twice), rejected };
}

function answeredFor({ stored, spooled, rejected }: Omit<Balance, 'emitted'>): number {
  return stored + spooled + rejected;
}

async function storedBy(session: Session, source: string, { since, until }: Window) {
  const values = [source, since.toISOString(), until.toISOString()];
  return queryEvents<{ minute: string; stored: number }>(session, 'stored', values);
}

function sumOf(source: string, minutes: ReadonlyMap<string, Balance>): Reconciliation {
  const sum = { emitted: 0, stored: 0, spooled: 0, rejected: 0 };
  for (const balance of minutes.values()) {
    for (const key of ['emitted', 'stored', 'spooled', 'rejected'] as const) sum[key] += balance[key];
  }
  const gaps = [...minutes]
    .filter(([, balance]) => balance.emitted !== answeredFor(balance))
    .map(([minute, balance]) => ({ minute, ...balance }))
    .sort((a, b) => (a.minute < b.minute ? -1 : 1));
  return { source, ...sum, balanced: gaps.length === 0, gaps };
}

export function isWithin(ts: string, { since, until }: Window): boolean {
  const time = Date.parse(ts);
  return time >= since.getTime() && time < until.getTime();
}
