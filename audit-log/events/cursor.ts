import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../ops/errors.ts';
import { type SpoolFile, storedFile } from './file-names.ts';

/**
 * How much of a file Postgres has answered for. Written after the commit and not synced: when it is lost or too low,
 * events are sent again and recognised by their event_id.
 */
export interface Cursor {
  /** Bytes. */
  readonly offset: number;
  readonly stored: number;
  /** Sent before, and already there. */
  readonly duplicates: number;
  readonly rejected: number;
}

const start: Cursor = { offset: 0, stored: 0, duplicates: 0, rejected: 0 };

export function readCursor(file: SpoolFile): Cursor {
  try {
    const cursor = JSON.parse(readFileSync(storedFile(file), 'utf8')) as Cursor;
    return Number.isSafeInteger(cursor?.offset) && cursor.offset >= 0 ? { ...start, ...cursor } : start;
  } catch (error) {
    // a power cut may leave it empty: from the start, then
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return start;
    throw error;
  }
}

export function writeCursor(file: SpoolFile, cursor: Cursor): void {
  const path = storedFile(file);
  writeFileSync(`${path}.tmp`, JSON.stringify(cursor), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** After a cut the file is shorter than what was read of it; what is written next must not be taken for read. */
export function lowerCursor(file: SpoolFile, length: number): void {
  const cursor = readCursor(file);
  if (cursor.offset > length) writeCursor(file, { ...cursor, offset: length });
}
