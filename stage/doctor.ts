import { statfs, stat, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { DrydockError, messageOf } from '../ops/errors.ts';
import type { KeptInstance } from './keeper/index.ts';
import { toolsIn } from './backup-tool.ts';
import { installedBinaries, isFree, prepareHome, type Host, type InstanceAddress } from './providers/index.ts';

/** What one look at the machine came to. */
export interface Look {
  readonly what: string;
  /** `lacking` stops Drydock from working; `absent` is something it can do without. */
  readonly state: 'good' | 'absent' | 'lacking';
  /** What was seen, as measured. */
  readonly seen: string;
  readonly remedy: string | null;
}

export interface Patient {
  readonly host: Host;
  readonly home: string;
  readonly nodeVersion: string;
  /** Of the port that `drydock up` takes. */
  readonly port: number;
  /** The stagings that are up on this machine. */
  readonly stagings: readonly KeptStaging[];
  /** Folders in which pg_dump may be. */
  readonly binaries: readonly string[];
  /** Runs that a sweep could not clear, with the reason. */
  readonly leftovers: readonly { readonly runId: string; readonly problem?: Error }[];
}

/** A staging that is up, as far as others meet it. */
type KeptStaging = Pick<KeptInstance, 'project' | 'expiresAt'> & {
  readonly address: Pick<InstanceAddress, 'host' | 'port'>;
};

/** Looks at everything that Drydock needs of a machine, and at what it can use. */
export async function examine(patient: Patient): Promise<Look[]> {
  return [
    lookAtNode(patient),
    await lookAtHome(patient),
    await lookAtBinaries(patient),
    await lookAtDisk(patient),
    await lookAtPort(patient),
    await lookAtClock(patient),
    lookAtLeftovers(patient),
    await lookAtProgram('git', ['--version'], 'Install git: without it a close-out cannot name the commit.'),
    await lookAtProgram('psql', ['--version'], 'Install the Postgres client to look into a staging by hand.'),
    await lookAtBackupTools(patient),
    await lookAtProgram(
      'docker',
      ['version', '--format', 'server {{.Server.Version}}'],
      'Install and start Docker to rehearse in a container.',
    ),
  ];
}

const oldestNode = [22, 18] as const;
const roomNeeded = 500 * 1024 ** 2;
const clockTolerance = 2000;
const loopback = '127.0.0.1';

function lookAtNode({ nodeVersion }: Patient): Look {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return needed('Node', isNew, nodeVersion, `Use Node ${oldestNode.join('.')} or newer: npm ci installs one.`);
}

async function lookAtHome({ home, host }: Patient): Promise<Look> {
  return tried('home', async () => {
    await prepareHome(home, host);
    return home;
  });
}

async function lookAtBinaries({ host }: Patient): Promise<Look> {
  return tried('Postgres binaries', async () => {
    const { folder } = await installedBinaries(host);
    const { stdout } = await execa(join(folder, 'bin/postgres'), ['--version']);
    return stdout;
  });
}

async function lookAtDisk({ home }: Patient): Promise<Look> {
  return tried('disk', async () => {
    const { bavail, bsize } = await statfs(home);
    const free = bavail * bsize;
    if (free >= roomNeeded) return `${inMegabytes(free)} free at ${home}`;
    throw new DrydockError('DOCTOR_DISK', `${inMegabytes(free)} free at ${home}, ${inMegabytes(roomNeeded)} needed`, {
      hint: 'Make room, or set DRYDOCK_HOME to a folder on another disk.',
    });
  });
}

async function lookAtPort({ port, stagings }: Patient): Promise<Look> {
  const ours = stagings.find(({ address }) => address.port === port && address.host === loopback);
  if (ours) return good(`port ${port}`, `held by the staging of ${ours.project}, which is up until ${ours.expiresAt}`);
  return (await isFree(port))
    ? good(`port ${port}`, 'free')
    : absent(`port ${port}`, 'taken', `Use "drydock up --port any", or end what listens there: lsof -i :${port}.`);
}

/** A file's time is given by the file system: where the two clocks differ, expiries and logs contradict each other. */
async function lookAtClock({ home }: Patient): Promise<Look> {
  return tried('clock', async () => {
    const probe = join(home, `clock-${crypto.randomUUID()}`);
    const before = Date.now();
    await writeFile(probe, '');
    const { mtimeMs } = await stat(probe);
    await rm(probe);
    const apart = Math.round(Math.abs(mtimeMs - before));
    if (apart <= clockTolerance) return `${new Date(before).toISOString()}, ${apart} ms from the file system's`;
    throw new DrydockError('DOCTOR_CLOCK', `${apart} ms from the clock of the file system at ${home}`, {
      hint: 'Set the clock (timedatectl set-ntp true): leases end by it.',
    });
  });
}

function lookAtLeftovers({ leftovers, home }: Patient): Look {
  const stuck = leftovers.filter(({ problem }) => problem);
  const names = stuck.map(({ runId, problem }) => `${runId}: ${problem?.message}`).join('; ');
  return needed(
    'leftovers',
    stuck.length === 0,
    names || 'none',
    `Mend that; else remove the folder under ${home}/instances, the container with its file under ${home}/containers, or what is on the server with its note under ${home}/remote.`,
  );
}

/** Every major version reads the servers before it, so which one is needed depends on the target. */
async function lookAtBackupTools({ binaries }: Patient): Promise<Look> {
  const newest = (await toolsIn(binaries)).toSorted((a, b) => b.major - a.major)[0];
  if (newest) return good('pg_dump', `${newest.version}, which reads servers up to Postgres ${newest.major}`);
  return absent(
    'pg_dump',
    'none with a pg_restore beside it',
    'Install the Postgres client, no older than your servers, or set PG_BIN to its folder: "promote" backs up with it.',
  );
}

async function lookAtProgram(program: string, args: string[], remedy: string): Promise<Look> {
  const {
    failed,
    code,
    stdout,
    stderr,
    shortMessage = '',
  } = await execa(program, args, {
    reject: false,
    timeout: 5000,
  });
  if (!failed) return good(program, stdout);
  const [said = ''] = (stderr || shortMessage).trim().split('\n');
  return absent(program, code === 'ENOENT' ? 'not installed' : said.split('. ')[0]!, remedy);
}

/** What was seen when the look succeeds, else what the error says. */
async function tried(what: string, look: () => Promise<string>): Promise<Look> {
  try {
    return good(what, await look());
  } catch (error) {
    const remedy = error instanceof DrydockError ? error.hint : undefined;
    return { what, state: 'lacking', seen: messageOf(error), remedy: remedy ?? null };
  }
}

function needed(what: string, isGood: boolean, seen: string, remedy: string): Look {
  return isGood ? good(what, seen) : { what, state: 'lacking', seen, remedy };
}

function good(what: string, seen: string): Look {
  return { what, state: 'good', seen, remedy: null };
}

function absent(what: string, seen: string, remedy: string): Look {
  return { what, state: 'absent', seen, remedy };
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2).toLocaleString('en')} MB`;
}
