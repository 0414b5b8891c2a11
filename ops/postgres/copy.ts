import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';

/** Sends rows, already in COPY's text format, and says how many the server took. */
export async function sendCopy(client: pg.Client, statement: string, rows: string): Promise<number> {
  const stream = client.query(from(statement));
  stream.end(rows);
  await finished(stream);
  return stream.rowCount;
}

/** One field in COPY's text format. */
export function copyField(value: string | number | null): string {
  if (value === null) return '\\N';
  return typeof value === 'number' ? String(value) : value.replace(/[\\\t\n\r]/g, (special) => escapes[special]!);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
