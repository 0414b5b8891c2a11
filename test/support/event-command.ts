import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spoolDirectory, type EventDatabase } from './events.ts';

const program = join(import.meta.dirname, '../../scripts/drydock.js');

/** An empty folder that goes away with its scope. */
export async function workFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await spoolDirectory();
  await mkdir(folder.path);
  return folder;
}

/** `drydock` as a process, with nothing of this one's environment that it could take for its own. */
export function start(cwd: string, args: string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DRYDOCK_HOME: join(cwd, 'home'), ...env },
  });
}

/** Runs `drydock` to its end. */
export async function drydock(
  cwd: string,
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string | Buffer } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(cwd, args, env);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

export function urlOf({ host, port, user, password, database: name }: EventDatabase['admin']): string {
  return `postgresql://${user}:${password}@${host}:${port}/${name}`;
}
