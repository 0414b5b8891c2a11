import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DrydockError } from '../../ops/errors.ts';
import type { Host } from './host.ts';

/** The operating system's user who runs the server. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** What a program must be started with to run as this user; empty for ourselves. */
  readonly credentials: { uid: number; gid: number } | Record<string, never>;
}

/**
 * Ourselves; as root, who may not run Postgres, an existing unprivileged user.
 * @param userList one user a line, as passwd(5) has them
 * @throws DrydockError PROVIDER_NO_ACCOUNT
 */
export async function serverAccount(host: Host, userList = '/etc/passwd'): Promise<Account> {
  if (host.uid !== 0) return { name: `uid ${host.uid}`, uid: host.uid, gid: host.gid, credentials: {} };
  // initdb looks its user up in this list, so an id without an entry would not do.
  const entries = (await readFile(userList, 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody'].map((name) => entries.find(([found]) => found === name)).find(Boolean);
  if (!entry) {
    throw new DrydockError(
      'PROVIDER_NO_ACCOUNT',
      'Root may not run Postgres, and there is no user postgres or nobody.',
      {
        hint: 'Run drydock as an ordinary user, or add a user named postgres.',
      },
    );
  }
  const [uid, gid] = [Number(entry[2]), Number(entry[3])];
  return { name: entry[0]!, uid, gid, credentials: { uid, gid } };
}

/** Whether the account may enter the folder and every folder above it. */
export async function canEnter(account: Account, folder: string): Promise<boolean> {
  const path = await realpath(folder);
  if (!(await has(account, path, 0o1))) return false;
  return dirname(path) === path || canEnter(account, dirname(path));
}

/** Whether the account may read the file, and run it when `execute` is asked for, once it got to its folder. */
export async function canRead(account: Account, file: string, { execute = false } = {}): Promise<boolean> {
  return has(account, file, execute ? 0o5 : 0o4);
}

/** Judges by mode bits alone: an access list that grants more is not seen, which costs a copy at most. */
async function has(account: Account, path: string, wanted: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const granted = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
  return (granted & wanted) === wanted;
}
