import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerProvider, type Instance } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { expectAlive } from '../contract.ts';
import { makeCertificates } from '../remote/tls-server.ts';
import { docker, engineSocket, testImage, whyNoDocker } from './engine.ts';
import { SshLogin, whyNoSshd } from './ssh-login.ts';

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

  test.skipIf(whyNoSshd)(
    `over ssh: its socket and the port of the staging are led here${whyNoSshd ? ` (skipped: ${whyNoSshd})` : ''}`,
    async () => {
      await using login = await SshLogin.start(folder.path, engineSocket);
      vi.stubEnv('PATH', `${login.programs}:${process.env['PATH']}`);
      const instance = await start({ DOCKER_HOST: login.url });
      await expectAlive(instance);
      const bound = (await docker.getContainer(`${name}-${instance.runId}`).inspect()).NetworkSettings.Ports[
        '5432/tcp'
      ]!;
      expect(bound[0]).toMatchObject({ HostIp: '127.0.0.1' });
      expect(Number(bound[0]!.HostPort)).not.toBe(instance.port);
      await instance.stop();
      await expect(expectAlive(instance)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
      vi.unstubAllEnvs();
    },
  );
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
