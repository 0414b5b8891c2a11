import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import type { Host } from '../host.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { releaseSharedMemory } from './shared-memory.ts';

const signalPatienceMs = 2_000;
const lookEveryMs = 2;

/**
 * Ends every process of a cluster whose owner is gone, or whose postmaster has ended before its children.
 * @param options.graceMs how long they may take to end by themselves
 * @returns how many there were
 * @throws DrydockError PROVIDER_PROCESS_SURVIVES
 */
export async function endProcessesOf(dataDirectory: string, host: Host, { graceMs = 0 } = {}): Promise<number> {
  const found = await processesOf(dataDirectory, host);
  let alive = await thoseThatStay(found, dataDirectory, host, graceMs);
  // SIGQUIT first: a postmaster that is killed outright leaves its shared memory segment to the system.
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of alive) signalIfAlive(pid, signal, host);
    alive = await thoseThatStay(alive, dataDirectory, host, signalPatienceMs);
  }
  if (alive.length > 0) throw processSurvives(alive, dataDirectory);
  await releaseSharedMemory(dataDirectory, host);
  return found.length;
}

/** Waits until none of the cluster's processes is left, or no patience. */
async function thoseThatStay(
  alive: number[],
  dataDirectory: string,
  host: Host,
  patienceMs: number,
): Promise<number[]> {
  const giveUpAt = performance.now() + patienceMs;
  while (alive.length > 0 && performance.now() < giveUpAt) {
    await sleep(lookEveryMs);
    alive = await processesOf(dataDirectory, host);
  }
  return alive;
}

function processSurvives(alive: number[], dataDirectory: string): DrydockError {
  const message = `Process ${alive.join(', ')} of ${dataDirectory} does not end.`;
  return new DrydockError('PROVIDER_PROCESS_SURVIVES', message, {
    hint: `End it by hand (kill -9 ${alive.join(' ')}), then run drydock again.`,
  });
}

function signalIfAlive(pid: number, signal: NodeJS.Signals, host: Host): void {
  try {
    host.signal(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/**
 * The processes that really are servers of this cluster. A number in a file proves nothing: after a crash
 * it may have gone to a stranger. On Linux all of them; elsewhere the postmaster, which its backends follow.
 */
async function processesOf(dataDirectory: string, host: Host): Promise<number[]> {
  return host.platform === 'linux' ? workingIn(dataDirectory) : postmasterOf(dataDirectory);
}

/** Every server process works in its data directory. Synchronous: hundreds of reads of 5 µs each, not worth a thread apiece. */
function workingIn(dataDirectory: string): number[] {
  const directory = whereItIs(dataDirectory);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isServerIn(directory, pid)).map(Number);
}

function isServerIn(directory: string, pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'postgres\n';
  } catch (error) {
    // A process may end while we look, and other users' processes are closed to us: neither is ours.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** The name that the system gives to a working directory: its real path, marked when it has been removed. */
function whereItIs(directory: string): string {
  return existsSync(directory) ? realpathSync(directory) : `${directory} (deleted)`;
}

async function postmasterOf(dataDirectory: string): Promise<number[]> {
  const file = await readPostmasterFile(dataDirectory);
  if (!file) return [];
  const command = await commandOf(file.pid);
  return command.includes('postgres') && command.includes(` -D ${dataDirectory} `) ? [file.pid] : [];
}

/** The command line of a process; empty when there is none, for which `ps` ends with exit code 1. */
async function commandOf(pid: number): Promise<string> {
  return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    (error: { code?: unknown }) => {
      if (error.code === 1) return '';
      throw error;
    },
  );
}
