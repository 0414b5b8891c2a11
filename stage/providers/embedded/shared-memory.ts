import { readFile } from 'node:fs/promises';
import { codeOf } from '../../../ops/errors.ts';
import type { Host } from '../host.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { runProgram } from './run-program.ts';

/**
 * Gives back the System V segment of a postmaster that was killed and could not do so itself: the system keeps
 * such a segment until it restarts, and has only so many. Linux only, where its owner can be verified.
 */
export async function releaseSharedMemory(dataDirectory: string, host: Host): Promise<void> {
  if (host.platform !== 'linux') return;
  const file = await readPostmasterFile(dataDirectory);
  if (!file?.sharedMemory) return;
  const { key, id } = file.sharedMemory;
  const segment = (await segments()).find((each) => each.id === id && each.key === key && each.creator === file.pid);
  if (!segment || segment.attached > 0) return;
  await runProgram({ program: 'ipcrm', args: ['-m', String(id)], as: { credentials: {} }, cwd: '/' });
}

interface Segment {
  readonly key: number;
  readonly id: number;
  readonly creator: number;
  readonly attached: number;
}

/** The segments of this machine: columns key, shmid, perms, size, cpid, lpid, nattch, and others. */
async function segments(): Promise<Segment[]> {
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch((error: unknown) => {
    // A kernel without System V memory has none to give back.
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const rows = table.trim().split('\n').slice(1);
  return rows.map((row) => {
    const [key, id, , , creator, , attached] = row.trim().split(/\s+/).map(Number);
    return { key: key!, id: id!, creator: creator!, attached: attached! };
  });
}
