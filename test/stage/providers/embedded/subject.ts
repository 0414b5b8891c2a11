import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  embeddedProvider,
  hostOf,
  sweepEmbedded,
  type Host,
  type Instance,
} from '../../../../stage/providers/index.ts';
import type { Subject } from '../contract.ts';

/** The embedded provider with everything it keeps in `home`. */
export function embeddedSubject(home: string, host: Host = hostOf(process)): Subject {
  return {
    provider: embeddedProvider(host),
    home,
    failing: { settings: { shared_preload_libraries: 'no_such_library' } },
    ownerProgram: fileURLToPath(new URL('../fixtures/own-embedded.ts', import.meta.url)),
    sweep: () => sweepEmbedded(home, host),
    traces: async (runId) => [
      ...(await foldersOf(home, runId)),
      ...(await serverProcessesOf(join(home, 'instances', runId))),
    ],
    killServer,
  };
}

async function foldersOf(home: string, runId: string): Promise<string[]> {
  const names = await readdir(join(home, 'instances')).catch(() => []);
  return names.filter((name) => name === runId);
}

async function killServer(instance: Instance): Promise<void> {
  process.kill(await postmasterPid(instance), 'SIGKILL');
}

/** The number in the server's own file. */
export async function postmasterPid(instance: Instance): Promise<number> {
  return Number.parseInt(await readFile(join(instance.dataDirectory!, 'postmaster.pid'), 'utf8'));
}

/** Seen from the system's side: postmasters by their command line, on Linux all others by their working directory. */
export async function serverProcessesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-eo', 'pid=,command=']);
  const lines = stdout.split('\n').filter((line) => /\bpostgres\b/.test(line));
  const cwds = await Promise.all(lines.map((line) => readlink(`/proc/${Number.parseInt(line)}/cwd`).catch(() => '')));
  return lines.filter((line, index) => line.includes(`${folder}/`) || cwds[index]!.startsWith(folder));
}
