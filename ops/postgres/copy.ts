import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';
import { CopyOut, type CopiedOut, type TakePiece } from './copy-out.ts';

/** Sends rows, already in COPY's text format, and says how many the server took. It works on a piece while the next is made. */
export async function sendCopy(client: pg.Client, statement: string, rows: Iterable<string>): Promise<number> {
  const stream = client.query(from(statement));
  await pipeline(Readable.from(typeof rows === 'string' ? [rows] : rows), stream);
  return stream.rowCount;
}

/**
 * Runs `copy … to stdout` and hands on what comes.
 * @param take what it throws ends the connection
 */
export function receiveCopy(client: pg.Client, statement: string, take: TakePiece): Promise<CopiedOut> {
  return client.query(new CopyOut(statement, take)).outcome;
}

/** One field in COPY's text format. */
export function copyField(value: string | number | null): string {
  if (value === null) return '\\N';
  return typeof value === 'number' ? String(value) : value.replace(/[\\\t\n\r]/g, (special) => escapes[special]!);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
