import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerProvider, sweepContainers, type Instance } from '../../../../stage/providers/index.ts';
import { keptInstances } from '../../../../stage/keeper/index.ts';
import type { Report } from '../../../../stage/report.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { TestProject } from '../../../support/project.ts';
import { expectAlive } from '../contract.ts';
import { docker, testImage, whyNoDocker } from './engine.ts';

const missing = await whyNoDocker();
const name = 'drydock-test-named';
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

describe.skipIf(missing)(`Docker${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('listens on the loopback interface only, keeps its data in memory and says whose it is', async () => {
    await using instance = await start();
    const found = await docker.getContainer(`${name}-${instance.runId}`).inspect();
    const [bound] = found.NetworkSettings.Ports['5432/tcp']!;
    expect(bound).toEqual({ HostIp: '127.0.0.1', HostPort: String(instance.port) });
    expect(found.HostConfig.Tmpfs).toHaveProperty('/var/lib/postgresql/data');
    expect(found.Mounts).toEqual([]);
    expect(found.Config.Labels).toMatchObject({ 'drydock.run': instance.runId, 'drydock.owner': 'a run' });
  });

  test('shows the password that the container was made with to whoever may inspect it, and that opens nothing', async () => {
    await using instance = await start();
    const { Config } = await docker.getContainer(`${name}-${instance.runId}`).inspect();
    const shown = Config.Env.find((line) => line.startsWith('POSTGRES_PASSWORD='))!.split('=')[1]!;
    expect(shown).not.toBe(instance.adminPassword);
    await expect(expectAlive({ ...instance, adminPassword: shown })).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
  });

  test('joins a network that is there, and says which one is not', async () => {
    const network = await docker.createNetwork({ Name: 'drydock-test-network' });
    try {
      await using instance = await start({}, { network: 'drydock-test-network' });
      const found = await docker.getContainer(`${name}-${instance.runId}`).inspect();
      expect(Object.keys(found.NetworkSettings.Networks)).toEqual(['drydock-test-network']);
      await expectAlive(instance);
    } finally {
      await network.remove();
    }
    await expect(start({}, { network: 'drydock-test-nowhere' })).rejects.toMatchObject({
      code: 'PROVIDER_CONTAINER_FAILED',
      message: expect.stringContaining('drydock-test-nowhere'),
    });
  });

  test('keeps its data in a volume of its own where that is asked for, which goes with it', async () => {
    const volume = 'drydock-test-volume';
    const instance = await start({}, { volume });
    const { Mounts } = await docker.getContainer(`${name}-${instance.runId}`).inspect();
    expect(Mounts).toMatchObject([{ Type: 'volume', Name: `${volume}-${instance.runId}` }]);
    await expectAlive(instance);
    await instance.stop();
    expect((await docker.listVolumes({ filters: { name: [volume] } })).Volumes ?? []).toEqual([]);
  });

  test('never touches a volume of the same name', async () => {
    const theirs = await docker.createVolume({ Name: `drydock-test-theirs-docker-${runs + 1}` });
    await expect(start({}, { volume: 'drydock-test-theirs' })).rejects.toMatchObject({ code: 'PROVIDER_NAME_TAKEN' });
    const volume = docker.getVolume(theirs.name);
    expect(await volume.inspect()).toMatchObject({ Name: theirs.name });
    await volume.remove();
  });

  test('never touches a container of the same name that is not ours', async () => {
    const theirs = await docker.createContainer({ name, Image: testImage });
    try {
      await expect(start({ port: 54_399 })).rejects.toMatchObject({
        code: 'PROVIDER_NAME_TAKEN',
        message: expect.stringContaining('was not made by Drydock'),
      });
      expect((await theirs.inspect()).Name).toBe(`/${name}`);
    } finally {
      await theirs.remove({ force: true });
    }
  });

  test('says so when its port is taken, and leaves nothing', async () => {
    await using taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PROVIDER_CONTAINER_FAILED',
      message: expect.stringContaining(String(port)),
    });
    const left = await docker.listContainers({ all: true, filters: { name: [name] } });
    expect(left).toEqual([]);
  });

  test('names an image that is not here and cannot be pulled, and the way out', async () => {
    const image = 'drydock.invalid/no-such-image:1';
    await expect(start({}, { image })).rejects.toMatchObject({
      code: 'PROVIDER_IMAGE_MISSING',
      message: expect.stringContaining(image),
      hint: expect.stringContaining('docker load'),
    });
  });

  test('ends a pull that takes too long for its user', async () => {
    await using silentRegistry = createServer();
    const asked = once(silentRegistry.listen(0, '127.0.0.1'), 'connection');
    await once(silentRegistry, 'listening');
    const { port } = silentRegistry.address() as { port: number };
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const outcome = start({ signal: controller.signal }, { image: `127.0.0.1:${port}/slow:1` }).catch(
      (error: unknown) => error,
    );
    const [socket] = await asked;
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    (socket as Socket).destroy();
  });

  test('says what the server complained of when it ended', async () => {
    await expect(start({ settings: { shared_preload_libraries: 'no_such_library' } })).rejects.toMatchObject({
      code: 'PROVIDER_CONTAINER_FAILED',
      message: expect.stringContaining('could not access file "no_such_library"'),
    });
  });

  test('stays under a keeper with up, and goes with it, by the next command when the keeper was killed', async () => {
    await using project = await projectInDocker();
    const up = await project.drydock('up', '--provider', 'docker', '--port', 'any', '--json');
    expect(up.code).toBe(0);
    const [kept] = await keptInstances(folder.path);
    expect(await project.drydock('apply')).toMatchObject({ code: 0 });
    const [shown] = await docker.listContainers({ filters: { label: [`drydock.run=${kept!.address.runId}`] } });
    expect(shown!.Labels['drydock.owner']).toBe(`keeper, process ${kept!.pid}`);
    expect(Date.parse(shown!.Labels['drydock.expires']!)).toBeLessThanOrEqual(Date.parse(kept!.expiresAt));
    process.kill(kept!.pid, 'SIGKILL');
    const { stderr } = await project.drydock('status');
    expect(stderr).toContain(`cleared the leftovers of run ${kept!.address.runId}`);
    const label = [`drydock.run=${kept!.address.runId}`];
    expect(await docker.listContainers({ all: true, filters: { label } })).toEqual([]);
  });

  test('down --all removes containers of this home that nobody owns any more, and nobody else’s', async () => {
    await using project = await projectInDocker();
    const left = (run: string, home: string, machine: string) =>
      docker.createContainer({
        Image: testImage,
        Labels: { 'drydock.run': run, 'drydock.home': home, 'drydock.machine': machine },
      });
    await left('forgotten', project.home, hostname());
    const theirs = [
      await left('forgotten', '/somewhere/else', hostname()),
      await left('at work', project.home, 'another machine'),
    ];
    try {
      expect((await project.drydock('down', '--all')).stdout).toContain('forgotten is down.');
      const stay = await docker.listContainers({ all: true, filters: { label: ['drydock.machine'] } });
      expect(stay.map(({ Id }) => Id)).toEqual(expect.arrayContaining(theirs.map(({ id }) => id)));
      expect(stay.filter(({ Labels }) => Labels['drydock.run'] === 'forgotten')).toHaveLength(1);
    } finally {
      for (const container of theirs) await container.remove();
    }
  });

  test('doctor says what of it cannot be cleared, and why', async () => {
    await using project = await projectInDocker();
    const up = await project.drydock('up', '--provider', 'docker', '--port', 'any', '--json');
    expect(up.code).toBe(0);
    const [kept] = await keptInstances(folder.path);
    process.kill(kept!.pid, 'SIGKILL');
    const blind = await project.with({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }).drydock('doctor');
    expect(blind.code).toBe(1);
    expect(blind.stdout).toMatch(/leftovers.*No Docker engine answers at \/nowhere\/docker.sock/);
    const { stdout } = await project.drydock('status');
    expect(stdout).toBe('No staging is up.');
  });

  test('rehearses a whole project and goes', async () => {
    await using project = await projectInDocker();
    const { code, stdout } = await project.drydock('run', '--provider', 'docker', '--json');
    expect(JSON.parse(stdout) as Report).toMatchObject({ outcome: 'go', provider: 'docker' });
    expect(code).toBe(0);
  });
});

describe('without a Docker engine', () => {
  test('a start says where it looked', async () => {
    await expect(start({}, { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } })).rejects.toMatchObject({
      code: 'PROVIDER_DOCKER_UNREACHABLE',
      message: expect.stringContaining('/nowhere/docker.sock'),
    });
  });

  test('a sweep asks no engine when nobody left anything', async () => {
    expect(await sweepContainers(folder.path, host, { DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toEqual([]);
  });
});

async function projectInDocker(): Promise<TestProject> {
  const project = await TestProject.copy(folder.path);
  await project.edit('drydock.yaml', 'lease:', `providers: { docker: { image: '${testImage}' } }\nlease:`);
  return project;
}

let runs = 0;

function start(order: object = {}, options: object = {}): Promise<Instance> {
  const provider = dockerProvider(host, { image: testImage, container: name, env: process.env, ...options });
  return provider.start({ runId: `docker-${(runs += 1)}`, admin: 'somebody', home: folder.path, ...order });
}
