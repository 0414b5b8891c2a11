import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Session } from '../../ops/postgres/index.ts';
import { adminTarget, composeProvider, dockerProvider, type Provider } from '../../stage/providers/index.ts';
import { ms, sideBySide, type BenchRow } from './measure.ts';
import { benchFolder, host } from './place.ts';

const image = process.env['DRYDOCK_TEST_IMAGE'] ?? 'drydock-test/postgres:16';
const composeFile = fileURLToPath(new URL('../../ops/stage/docker-compose.yml', import.meta.url));
const container = 'drydock-bench';
const rounds = 7;

/** First answered query in a container, against the bare tool doing the same. Needs an engine and the image. */
export async function benchProviders(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const options = { image, container, env: process.env };
  const ours = (provider: Provider) => async () => {
    const startedAt = performance.now();
    await using instance = await provider.start({ runId: randomUUID(), home: folder.path, admin: 'bench' });
    await using session = await Session.open(adminTarget(instance, 'postgres'));
    await session.query('select 1');
    return performance.now() - startedAt;
  };
  const docker = await sideBySide(rounds, ours(dockerProvider(host, options)), () => bare(dockerRun));
  const compose = await sideBySide(rounds, ours(composeProvider(host, options)), () => bare(composeUp));
  return [row('docker', 'docker run + wait', docker), row('compose', 'docker-compose up + wait', compose)];
}

function row(
  what: string,
  tool: string,
  { ours, other, ratio }: { ours: number; other: number; ratio: number },
): BenchRow {
  return {
    what: `--provider ${what}: first answered query`,
    ours: ms(ours),
    other: `${tool}: ${ms(other)}`,
    ratio: ratio.toFixed(2),
    bar: '1.15',
  };
}

/** Starts a container with a tool alone, and looks for its first answer every 20 ms. */
async function bare(start: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await start();
  const port = Number((await execa('docker', ['port', container, '5432'])).stdout.split(':').at(-1));
  while (!(await answers(port))) await sleep(20);
  const took = performance.now() - startedAt;
  await execa('docker', ['rm', '--force', '--volumes', container]);
  return took;
}

async function dockerRun(): Promise<void> {
  const data = '/var/lib/postgresql/data';
  const variables = ['POSTGRES_USER=bench', 'POSTGRES_PASSWORD=bench', 'POSTGRES_DB=postgres', `PGDATA=${data}/pgdata`];
  const flags = ['--name', container, '--publish', '127.0.0.1::5432', '--tmpfs', data, '--shm-size', '256m'];
  const environment = [...variables, 'POSTGRES_INITDB_ARGS=--auth=scram-sha-256'].flatMap((each) => ['--env', each]);
  const server = ['postgres', '-c', 'listen_addresses=*', '-c', 'fsync=off'];
  await execa('docker', ['run', '--detach', ...flags, ...environment, image, ...server]);
}

async function composeUp(): Promise<void> {
  const env = { DRYDOCK_IMAGE: image, DRYDOCK_CONTAINER: container, PGUSER: 'bench', PGPASSWORD: 'bench', PGPORT: '' };
  await execa({ env })('docker-compose', ['--file', composeFile, '--project-name', container, 'up', '--detach']);
}

async function answers(port: number): Promise<boolean> {
  const target = { host: '127.0.0.1', port, user: 'bench', password: 'bench', database: 'postgres' };
  try {
    await using session = await Session.open(target);
    await session.query('select 1');
    return true;
  } catch {
    return false; // not yet
  }
}
