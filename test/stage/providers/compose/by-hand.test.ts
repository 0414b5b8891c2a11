import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { composeProvider } from '../../../../stage/providers/index.ts';
import { composeProgram } from '../../../../stage/providers/compose/program.ts';
import type { Report } from '../../../../stage/report.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { TestProject } from '../../../support/project.ts';
import { expectAlive } from '../contract.ts';
import { docker, nodeImage, testImage, whyNoDocker } from '../docker/engine.ts';
import { whyNoCompose } from './missing.ts';

const missing = (await whyNoDocker()) ?? (await whyNoCompose());
const container = 'drydock-test-by-hand';
const stageFolder = join(import.meta.dirname, '../../../../ops/stage');
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe.skipIf(missing)(`Compose by hand${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('leads to the same staging as the provider, makes no network, and leaves nothing', async () => {
    const before = await everythingOfDocker();
    {
      await using _staging = await ByHand.up();
      const provider = composeProvider(host, { image: testImage, container, env: process.env });
      await using instance = await provider.start({ runId: 'by-provider', admin: 'ehg_admin', home: folder.path });
      expect(await stagingIn(`${container}-${instance.runId}`)).toEqual(await stagingIn(container));
    }
    expect(await everythingOfDocker()).toEqual(before);
  });

  test('says what is missing without a password', async () => {
    const refused = await compose({ PGPASSWORD: undefined }, {}, 'up', '--detach');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('export a password');
  });

  test('says so where Compose is not installed', async () => {
    const env = { ...process.env, PATH: folder.path };
    const provider = composeProvider(host, { image: testImage, container, env });
    const starting = provider.start({ runId: 'no-compose', admin: 'ehg_admin', home: folder.path });
    await expect(starting).rejects.toMatchObject({ code: 'PROVIDER_COMPOSE_MISSING' });
  });

  test('installs the packages of the checkout with the service `install`, for the system of its container', async () => {
    const checkout = join(folder.path, 'checkout');
    await cp(stageFolder, join(checkout, 'ops/stage'), { recursive: true });
    await mkdir(join(checkout, 'brought'));
    await writeFile(join(checkout, 'brought/package.json'), JSON.stringify({ name: 'brought', version: '1.0.0' }));
    const needs = { name: 'checkout', version: '1.0.0', dependencies: { brought: 'file:brought' } };
    const packages = {
      '': needs,
      brought: { version: '1.0.0' },
      'node_modules/brought': { resolved: 'brought', link: true },
    };
    await writeFile(join(checkout, 'package.json'), JSON.stringify(needs));
    await writeFile(join(checkout, 'package-lock.json'), JSON.stringify({ ...needs, lockfileVersion: 3, packages }));
    const env = { PGPASSWORD: 'by-hand' };
    const { exitCode, stderr } = await compose(
      env,
      { cwd: join(checkout, 'ops/stage') },
      'run',
      '--rm',
      '-T',
      'install',
    );
    expect([exitCode, stderr]).toEqual([0, expect.anything()]);
    expect(await readdir(join(checkout, 'node_modules'))).toContain('brought');
    expect((await everythingOfDocker()).containers).toEqual([]);
  });

  test('starts its database for the service `run`, rehearses on it once it is healthy, and hands the exit code on', async () => {
    await using staging = new ByHand();
    await using project = await TestProject.copy(folder.path);
    const words = ['--rm', '-T', '--volume', `${project.folder}:/project`, 'run'];
    const drydock = ['node', 'scripts/drydock.js', 'run', '--provider', 'remote', '--json', '--config'];
    const { stdout, exitCode } = await staging.compose('run', ...words, ...drydock, '/project/drydock.yaml');
    expect(JSON.parse(stdout) as Report).toMatchObject({ outcome: 'go', provider: 'remote' });
    expect(exitCode).toBe(0);
  });

  test('keeps the data in a volume where that is asked for, which goes with the staging', async () => {
    const volume = 'drydock-test-compose-volume';
    const provider = composeProvider(host, { image: testImage, container, volume, env: process.env });
    const instance = await provider.start({ runId: 'in-volume', admin: 'ehg_admin', home: folder.path });
    const { Mounts } = await docker.getContainer(`${container}-in-volume`).inspect();
    expect(Mounts).toMatchObject([{ Type: 'volume', Name: `${volume}-in-volume` }]);
    await expectAlive(instance);
    await instance.stop();
    expect((await docker.listVolumes({ filters: { name: [volume] } })).Volumes ?? []).toEqual([]);
  });
});

const byHand = { DRYDOCK_IMAGE: testImage, DRYDOCK_CONTAINER: container, DRYDOCK_NODE_IMAGE: nodeImage, PGPORT: '' };

async function compose(
  env: Readonly<Record<string, string | undefined>>,
  { cwd = stageFolder }: { cwd?: string },
  ...words: string[]
) {
  const [program, ...first] = await composeProgram(process.env);
  const args = [...first, '--project-name', container, ...words];
  return execa(program!, args, { cwd, env: { ...byHand, ...env }, reject: false });
}

/** What `cd ops/stage && docker compose up -d` starts, taken down with its scope. */
class ByHand implements AsyncDisposable {
  static async up(): Promise<ByHand> {
    const staging = new ByHand();
    const { exitCode, stderr } = await staging.compose('up', '--detach');
    if (exitCode !== 0) throw new Error(stderr);
    await vi.waitUntil(() => staging.answers(), { timeout: 20_000, interval: 50 });
    return staging;
  }

  compose(...words: string[]) {
    return compose({ PGPASSWORD: 'by-hand' }, {}, ...words);
  }

  async answers(): Promise<boolean> {
    const { NetworkSettings } = await docker.getContainer(container).inspect();
    const port = Number(NetworkSettings.Ports['5432/tcp']?.[0]?.HostPort);
    const address = { provider: 'compose', runId: container, serverVersion: '16', host: '127.0.0.1', port } as const;
    return expectAlive({ ...address, admin: 'ehg_admin', adminPassword: 'by-hand' }).then(
      () => true,
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose('down');
  }
}

/** What makes a staging what it is; whose it is, and its password, are left out. */
async function stagingIn(name: string) {
  const { Config, HostConfig } = await docker.getContainer(name).inspect();
  const { Image, Cmd, Env, Healthcheck, StopSignal, User } = Config as typeof Config & { StopSignal: string };
  const { NetworkMode, Mounts, ShmSize, Binds } = HostConfig;
  const env = Env.filter((line) => !line.startsWith('POSTGRES_PASSWORD=')).sort();
  return { Image, Cmd, env, Healthcheck, StopSignal, User, NetworkMode, Mounts, ShmSize, Binds };
}

async function everythingOfDocker() {
  const containers = await docker.listContainers({ all: true, filters: { name: [container] } });
  // those that Compose made: other tests have networks of their own meanwhile
  const networks = await docker.listNetworks({ filters: { label: ['com.docker.compose.project'] } });
  return { containers: containers.map(({ Id }) => Id), networks: networks.map(({ Name }) => Name).sort() };
}
