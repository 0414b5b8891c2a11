import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../../../ops/evidence.ts';
import type { Account } from '../account.ts';
import type { Host } from '../host.ts';
import type { Binaries } from './binaries.ts';
import { madeOnce } from './made-once.ts';
import { runProgram } from './run-program.ts';

/** An initialised cluster that is never started, only copied. */
export interface Template {
  readonly dataDirectory: string;
  /** Opens a copy for its first statement, which replaces it. */
  readonly adminPassword: string;
}

/**
 * The C locale sorts alike on every machine, which reports rely on; small WAL segments make copies a quarter smaller.
 * madeOnce puts the whole folder on disk, so initdb need not.
 */
const initdbFlags = [
  '--encoding=UTF8',
  '--locale=C',
  '--auth=scram-sha-256',
  '--wal-segsize=1',
  '--no-sync',
  '--no-instructions',
];

/** No sockets, no other hosts, no replication, and never without a password. */
const hostBasedAuthentication = 'host all all 127.0.0.1/32 scram-sha-256\n';

/** The template for these binaries and this administrator; initialised the first time, which takes about half a second. */
export async function clusterTemplate(
  binaries: Binaries,
  options: {
    admin: string;
    account: Account;
    home: string;
    host: Host;
    signal?: AbortSignal | undefined;
    note?: ((line: string) => void) | undefined;
  },
): Promise<Template> {
  const { admin, account, home, host, signal, note } = options;
  const key = sha256(JSON.stringify([binaries.version, initdbFlags, hostBasedAuthentication, admin, account.uid]));
  const folder = join(home, 'templates', `${binaries.version}-${key.slice(0, 16)}`);
  await mkdir(dirname(folder), { recursive: true, mode: 0o711 });
  await madeOnce(folder, host, async (draft) => {
    note?.(`Initialising a Postgres ${binaries.version} cluster in ${folder}, once`);
    await initialise(draft, binaries, { admin, account, signal });
  });
  return { dataDirectory: join(folder, 'data'), adminPassword: await readFile(join(folder, 'password'), 'utf8') };
}

async function initialise(
  folder: string,
  binaries: Binaries,
  { admin, account, signal }: { admin: string; account: Account; signal: AbortSignal | undefined },
): Promise<void> {
  const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
  await ownedFolder(data, account);
  await writeFile(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
  await chown(passwordFile, account.uid, account.gid);
  await runProgram({
    program: join(binaries.folder, 'bin/initdb'),
    args: ['--pgdata', data, '--username', admin, '--pwfile', passwordFile, ...initdbFlags],
    as: account,
    cwd: folder,
    signal,
  });
  await writeFile(join(data, 'pg_hba.conf'), hostBasedAuthentication);
}

/** A folder that only the server's account may open, as Postgres demands. */
export async function ownedFolder(path: string, account: Account): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await chown(path, account.uid, account.gid);
}

/**
 * Copies a template's files into an empty folder of the account's.
 * `cp` takes 40 ms for the 970 files of a cluster, Node's own recursive copy 100 to 500; where the file system
 * can share blocks between files, it copies none.
 */
export async function copyCluster(
  template: Template,
  dataDirectory: string,
  { account, host, signal }: { account: Account; host: Host; signal?: AbortSignal | undefined },
): Promise<void> {
  const shareBlocks = host.platform === 'darwin' ? '-c' : '--reflink=auto';
  await runProgram({
    program: 'cp',
    args: ['-R', shareBlocks, `${template.dataDirectory}/.`, dataDirectory],
    as: account,
    cwd: dirname(dataDirectory),
    signal,
  });
}
