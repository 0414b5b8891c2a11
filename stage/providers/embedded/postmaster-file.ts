import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../../ops/errors.ts';

/** What a running server says about itself in `postmaster.pid`, the file that pg_ctl reads too. */
export interface PostmasterFile {
  readonly pid: number;
  /** Key and id of its System V shared memory segment, once it has one. */
  readonly sharedMemory: { key: number; id: number } | undefined;
  /** Written by the server when it accepts connections. */
  readonly ready: boolean;
}

/** The file's content; undefined when the server has not started, or has ended in good order. */
export async function readPostmasterFile(dataDirectory: string): Promise<PostmasterFile | undefined> {
  const content = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  // Lines: pid, data directory, start time, port, socket directory, listen address, shared memory key and id, status.
  const lines = content.split('\n');
  const [key, id] = (lines[6] ?? '').trim().split(/\s+/).map(Number);
  return {
    pid: Number(lines[0]),
    // The system names keys as signed numbers, Postgres as unsigned ones.
    sharedMemory: key !== undefined && id !== undefined ? { key: key | 0, id } : undefined,
    ready: lines[7]?.trim() === 'ready',
  };
}
