import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';
import { readCursor } from './cursor.ts';
import { spoolFiles, type SpoolFile } from './file-names.ts';
import { readRejections } from './rejects.ts';
import { stretchesOf } from './spool-reader.ts';

/** A half-open stretch of time, in UTC: since ≤ ts < until. */
export interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** Where the events of a source went. They balance when emitted = stored + spooled + rejected. */
export interface Balance {
  /** In the JSONL files, however far they got. */
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

/**
 * Compares, minute by minute, what a directory was given with what became of it.
 * @param session sees the ledger; without one, files are where events stay, and all of them count as spooled
 */
export async function reconcile(
  { directory, source, session }: { directory: string; source: string; session: Session | undefined },
  window: Window,
): Promise<Reconciliation> {
  const minutes = new Map<string, Mutable<Balance>>();
  const at = (ts: string): Mutable<Balance> | undefined => {
    if (!isWithin(ts, window)) return undefined;
    const minute = `${ts.slice(0, 16)}:00.000Z`;
    const known = minutes.get(minute) ?? { emitted: 0, stored: 0, spooled: 0, rejected: 0 };
    minutes.set(minute, known);
    return known;
  };
  for (const file of spoolFiles(directory)) countFile(file, session ? readCursor(file).offset : undefined, at);
  for (const { minute, stored } of session ? await storedBy(session, source, window) : []) at(minute)!.stored += stored;
  return sumOf(source, minutes);
}

/** @param offset up to where Postgres has answered for the file; undefined where there is no Postgres */
function countFile(
  file: SpoolFile,
  offset: number | undefined,
  at: (ts: string) => Mutable<Balance> | undefined,
): void {
  const count = (key: keyof Balance, events: readonly { ts: string }[]) => {
    for (const { ts } of events) {
      const minute = at(ts);
      if (minute) minute[key] += 1;
    }
  };
  for (const { events } of stretchesOf(file)) count('emitted', events);
  for (const { events } of stretchesOf(file, offset)) count('spooled', events);
  if (offset !== undefined) {
    const rejected = readRejections(file).flatMap(({ event }) => event ?? []);
    count('rejected', rejected);
  }
}

async function storedBy(session: Session, source: string, { since, until }: Window) {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'tool-events/queries/stored.sql'));
  const values = [source, since.toISOString(), until.toISOString()];
  return (await runStatement<{ minute: string; stored: number }>(session, file, { values })).rows;
}

function sumOf(source: string, minutes: ReadonlyMap<string, Balance>): Reconciliation {
  const sum = { emitted: 0, stored: 0, spooled: 0, rejected: 0 };
  for (const balance of minutes.values()) {
    for (const key of ['emitted', 'stored', 'spooled', 'rejected'] as const) sum[key] += balance[key];
  }
  const gaps = [...minutes]
    .filter(([, { emitted, stored, spooled, rejected }]) => emitted !== stored + spooled + rejected)
    .map(([minute, balance]) => ({ minute, ...balance }))
    .sort((a, b) => (a.minute < b.minute ? -1 : 1));
  return { source, ...sum, balanced: gaps.length === 0, gaps };
}

export function isWithin(ts: string, { since, until }: Window): boolean {
  const time = Date.parse(ts);
  return time >= since.getTime() && time < until.getTime();
}
