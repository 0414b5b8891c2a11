import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerProvider, type Instance } from '../../../../stage/providers/index.ts';
import type { Report } from '../../../../stage/report.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { TestProject } from '../../../support/project.ts';
import { docker, engineSocket, nodeImage, testImage, whyNoDocker } from './engine.ts';

const missing = await whyNoDocker();
const checkout = join(import.meta.dirname, '../../../..');
const own = 'drydock-test-own-network';
let folder: TemporaryFolder;
let neighbour: Awaited<ReturnType<typeof docker.createContainer>>;

describe.skipIf(missing)(`Drydock in a container of the same engine${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    await docker.createNetwork({ Name: own });
    neighbour = await docker.createContainer({
      name: 'drydock-test-neighbour',
      Image: nodeImage,
      Cmd: ['node', '-e', 'setTimeout(() => {}, 600000)'],
      HostConfig: { NetworkMode: own, AutoRemove: true },
    });
    await neighbour.start();
  });

  afterAll(async () => {
    await neighbour.kill();
    await docker.getNetwork(own).remove();
    await folder[Symbol.asyncDispose]();
  });

  test.each(['bridge', own, 'host', 'container:drydock-test-neighbour'])(
    'reaches the staging from the network %s, and leaves nothing',
    async (network) => {
      await using project = await projectInDocker();
      const { stdout, stderr, exitCode } = await inContainer(project, network);
      expect(stderr).not.toContain('PROVIDER_');
      expect(JSON.parse(stdout) as Report).toMatchObject({ outcome: 'go', provider: 'docker' });
      expect(exitCode).toBe(0);
      expect(await stagings()).toEqual([]);
    },
  );

  test('is followed, once its container was killed, by whoever starts a staging next', async () => {
    await using project = await projectInDocker();
    await project.write('sql/shop/0020_long.sql', '-- title: Takes long enough to be killed\nselect pg_sleep(120);\n');
    const running = inContainer(project, 'bridge');
    const left = await Promise.race([firstStaging(), running.then(endedTooSoon)]);
    const { Config } = await docker.getContainer(left.slice(1)).inspect();
    await docker.getContainer(Config.Labels['drydock.owner-container']!).kill();
    await running;
    await using _next = await startNext();
    expect(await stagings()).toEqual([]);
  });

  test('is let alone by whoever starts a staging next, as long as its container runs', async () => {
    const left = await docker.createContainer({
      name: 'drydock-test-beside-another',
      Image: nodeImage,
      Cmd: ['node', '-e', 'setTimeout(() => {}, 600000)'],
      Labels: { 'drydock.run': 'another', 'drydock.home': '/tmp/drydock', 'drydock.owner-container': neighbour.id },
      HostConfig: { AutoRemove: true },
    });
    await left.start();
    await using _next = await startNext();
    expect(await stagings()).toEqual(['/drydock-test-beside-another']);
    await left.kill();
  });

  test.each([own, 'none'])(
    'says so where the staging is not on its network %s, and leaves nothing',
    async (network) => {
      await using project = await projectInDocker();
      await project.edit('drydock.yaml', `'${testImage}'`, `'${testImage}', network: drydock-test-other`);
      const other = await docker.createNetwork({ Name: 'drydock-test-other' });
      const { stdout, stderr, exitCode } = await inContainer(project, network);
      await other.remove();
      expect(exitCode).toBe(1);
      expect(stdout + stderr).toContain(
        `The staging is on the network drydock-test-other, and the container that Drydock runs in on ${network}.`,
      );
      expect(await stagings()).toEqual([]);
    },
  );
});

function startNext(): Promise<Instance> {
  const provider = dockerProvider(host, { image: testImage, container: 'drydock-test-next', env: process.env });
  return provider.start({ runId: 'next', admin: 'somebody', home: folder.path });
}

async function projectInDocker(): Promise<TestProject> {
  const project = await TestProject.copy(folder.path);
  const provider = `providers: { docker: { image: '${testImage}', container: drydock-test-beside } }`;
  await project.edit('drydock.yaml', 'lease:', `${provider}\nlease:`);
  return project;
}

/** `drydock run` as people run it who have no Node: with the checkout, the project and the engine's socket led in. */
function inContainer(project: TestProject, network: string) {
  const volumes = [`${checkout}:/drydock:ro`, `${project.folder}:/project`, `${engineSocket}:/var/run/docker.sock`];
  const variables = ['DRYDOCK_HOME=/tmp/drydock', 'DRYDOCK_ACTOR=tester'];
  const words = [...volumes.flatMap((each) => ['--volume', each]), ...variables.flatMap((each) => ['--env', each])];
  const drydock = ['node', 'scripts/drydock.js', 'run', '--provider', 'docker', '--json'];
  const args = ['run', '--rm', '--network', network, '--workdir', '/drydock', ...words, nodeImage, ...drydock];
  return execa('docker', [...args, '--config', '/project/drydock.yaml'], { reject: false });
}

function endedTooSoon({ stdout, stderr }: { stdout: string; stderr: string }): never {
  throw new Error(`It ended before it could be killed:\n${stdout}${stderr}`);
}

async function firstStaging(): Promise<string> {
  return await vi.waitUntil(async () => (await stagings())[0], { timeout: 60_000 });
}

async function stagings(): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { name: ['drydock-test-beside'] } });
  return found.flatMap(({ Names }) => Names);
}
