import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { codeOf } from '../errors.ts';

/** Sends rows, already in COPY's text format, and says how many the server took. */
export async function sendCopy(client: pg.Client, statement: string, rows: string): Promise<number> {
  const stream = client.query(from(statement));
  stream.end(rows);
  await finished(stream);
  return stream.rowCount;
}

/**
 * Runs `copy … to stdout` and hands on each piece as it comes.
 * @param take what it throws ends the connection: nothing else stops a server that is sending
 * @returns how many rows the server sent
 */
export async function receiveCopy(
  client: pg.Client & { readonly connection?: { readonly stream: Duplex } },
  statement: string,
  take: (piece: Buffer) => void | Promise<void>,
): Promise<number> {
  const stream = client.query(to(statement, { highWaterMark: 1 << 20 }));
  // the rows end before the answer that counts them
  const answered = new Promise<void>((resolve) => Object.assign(stream, { handleReadyForQuery: resolve }));
  try {
    for await (const piece of stream) await take(piece as Buffer);
  } catch (error) {
    if (codeOf(error)?.length !== sqlstateLength) client.connection?.stream.destroy();
    throw error;
  }
  await answered;
  return stream.rowCount;
}

/** What the server itself refused has been answered, and the connection is whole. */
const sqlstateLength = 5;

/** One field in COPY's text format. */
export function copyField(value: string | number | null): string {
  if (value === null) return '\\N';
  return typeof value === 'number' ? String(value) : value.replace(/[\\\t\n\r]/g, (special) => escapes[special]!);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
