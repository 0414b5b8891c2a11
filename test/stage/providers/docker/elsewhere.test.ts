import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerProvider, type Instance } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { expectAlive, startInAnotherProcess } from '../contract.ts';
import { makeCertificates } from '../remote/tls-server.ts';
import { docker, engineSocket, testImage, whyNoDocker } from './engine.ts';
import { SshLogin, whyNoSshd } from './ssh-login.ts';
import { dockerSubject } from './subject.ts';

const missing = await whyNoDocker();
const name = 'drydock-test-elsewhere';
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe.skipIf(missing)(`a Docker engine elsewhere${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('over tcp: the staging listens on its machine, and is reached there', async () => {
    await using door = await doorToEngine(createServer(), otherAddress());
    await using instance = await start({ DOCKER_HOST: `tcp://${door.address}` });
    expect(instance.host).toBe(otherAddress());
    await expectAlive(instance);
    const { NetworkSettings } = await docker.getContainer(`${name}-${instance.runId}`).inspect();
    expect(NetworkSettings.Ports['5432/tcp']![0]).toMatchObject({ HostIp: '0.0.0.0' });
  });

  test('over TLS: it is asked with our certificate, and believed with that of its authority only', async () => {
    const path = (file: string) => join(folder.path, 'tls', file);
    await mkdir(path(''));
    await makeCertificates(path(''));
    const [ca, cert, key] = await Promise.all(
      ['ca.crt', 'server.crt', 'server.key'].map((file) => readFile(path(file))),
    );
    const listener = createTlsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
    await using door = await doorToEngine(listener, '127.0.0.1');
    const env = { DOCKER_HOST: `tcp://${door.address}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: path('ours') };
    await mkdir(env.DOCKER_CERT_PATH);
    await writeFile(path('ours/cert.pem'), cert!);
    await writeFile(path('ours/key.pem'), key!);
    await expect(start(env)).rejects.toMatchObject({ code: 'PROVIDER_DOCKER_UNREACHABLE' });
    await writeFile(path('ours/ca.pem'), ca!);
    await using instance = await start(env);
    await expectAlive(instance);
  });

  describe.skipIf(whyNoSshd)(`over ssh${whyNoSshd ? ` (skipped: ${whyNoSshd})` : ''}`, () => {
    afterEach(() => vi.unstubAllEnvs());

    test('its socket and the port of the staging are led here, once each, and no longer than the staging', async () => {
      await using login = await SshLogin.start(folder.path, `unix://${engineSocket}`);
      const instance = await start(await onlyOver(login));
      await expectAlive(instance);
      const { NetworkSettings } = await docker.getContainer(`${name}-${instance.runId}`).inspect();
      const [bound] = NetworkSettings.Ports['5432/tcp']!;
      expect(bound).toMatchObject({ HostIp: '127.0.0.1' });
      expect(Number(bound!.HostPort)).not.toBe(instance.port);
      expect(await login.leads()).toHaveLength(2);
      await instance.stop();
      await expect(expectAlive(instance)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
      expect(await login.leads()).toEqual([]);
      expect(await readdir(tmpdir())).toEqual([]);
    });

    test('nothing is led here any more once the owner was killed', async () => {
      await using login = await SshLogin.start(folder.path, `unix://${engineSocket}`);
      for (const [key, value] of Object.entries(await onlyOver(login))) vi.stubEnv(key, value);
      const subject = dockerSubject(folder.path);
      const owner = await startInAnotherProcess(subject, 'elsewhere-killed');
      expect(await login.leads()).toHaveLength(2);
      await owner.kill();
      await vi.waitUntil(async () => (await login.leads()).length === 0, { timeout: 10_000, interval: 50 });
      expect(await subject.sweep()).toMatchObject([{ runId: 'elsewhere-killed' }]);
    });

    test('an engine that is on yet another machine is named, and not looked for', async () => {
      await using login = await SshLogin.start(folder.path, 'tcp://192.0.2.1:2375');
      await expect(start(await onlyOver(login))).rejects.toMatchObject({
        code: 'PROVIDER_DOCKER_HOST',
        message: expect.stringContaining('tcp://192.0.2.1:2375'),
      });
    });
  });
});

test('an engine that ssh does not get to is said with what ssh said', async () => {
  await expect(start({ DOCKER_HOST: 'ssh://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'PROVIDER_DOCKER_UNREACHABLE',
    message: expect.stringMatching(/ssh:\/\/127.0.0.1: .*refused/),
  });
});

let runs = 0;

function start(env: Readonly<Record<string, string>>): Promise<Instance> {
  const provider = dockerProvider(host, { image: testImage, container: name, env });
  return provider.start({ runId: `elsewhere-${(runs += 1)}`, admin: 'somebody', home: folder.path });
}

/** The environment in which the engine is reached over this login, with a folder for temporary files of its own. */
async function onlyOver(login: SshLogin): Promise<Readonly<Record<string, string>>> {
  vi.stubEnv('PATH', `${login.programs}:${process.env['PATH']}`);
  vi.stubEnv('TMPDIR', await mkdtemp(join(folder.path, 'tmp-')));
  return { DOCKER_HOST: login.url };
}

/** An address of this machine that is not the loopback's: as good as another machine's. */
function otherAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')!.address;
}

/** The engine's socket, opened at an address. */
async function doorToEngine(listener: Server, at: string): Promise<{ address: string } & AsyncDisposable> {
  for (const event of ['connection', 'secureConnection']) {
    if (event === 'connection' && 'addContext' in listener) continue; // there the bare connection is TLS's
    listener.on(event, (visitor: import('node:net').Socket) => {
      const engine = createConnection(engineSocket);
      visitor.pipe(engine).pipe(visitor);
      visitor.on('error', () => engine.destroy());
      engine.on('error', () => visitor.destroy());
    });
  }
  listener.listen(0, at);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return { address: `${at}:${port}`, [Symbol.asyncDispose]: async () => void listener.close() };
}
