import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerProvider, type Instance } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { expectAlive } from '../contract.ts';
import { makeCertificates } from '../remote/tls-server.ts';
import { docker, testImage, whyNoDocker } from './engine.ts';

const missing = await whyNoDocker();
const sshd = ['/usr/sbin/sshd', process.env['DRYDOCK_TEST_SSHD'] ?? ''].find((path) => path && existsSync(path));
const name = 'drydock-test-elsewhere';
const engineSocket = String((docker.modem as { socketPath?: unknown }).socketPath ?? '/var/run/docker.sock');
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

  test.skipIf(!sshd)(
    'over ssh: its socket and the port of the staging are led here (skipped without sshd)',
    async () => {
      await using login = await SshLogin.start();
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

/** An sshd of our own that lets us in as ourselves, and an `ssh` that knows its key. */
class SshLogin implements AsyncDisposable {
  readonly url: string;
  readonly programs: string;
  readonly #server: ReturnType<typeof execa>;

  private constructor(url: string, programs: string, server: ReturnType<typeof execa>) {
    this.url = url;
    this.programs = programs;
    this.#server = server;
  }

  static async start(): Promise<SshLogin> {
    const path = (file: string) => join(folder.path, 'ssh', file);
    await mkdir(path('bin'), { recursive: true });
    for (const key of ['host', 'user']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
    const port = await portOf(createServer());
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${path('host')}`,
      'StrictModes no',
      'PidFile none',
    ];
    const access = [`AuthorizedKeysFile ${path('user.pub')}`, `SetEnv DOCKER_HOST=unix://${engineSocket}`];
    await writeFile(path('sshd_config'), [...lines, ...access, 'PermitRootLogin yes', ''].join('\n'));
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].map(
      (each) => `-o ${each}`,
    );
    const wrapper = `#!/bin/sh\nexec /usr/bin/ssh -F none ${options.join(' ')} -i ${path('user')} "$@"\n`;
    await writeFile(path('bin/ssh'), wrapper, { mode: 0o755 });
    if (host.uid === 0) await mkdir('/run/sshd', { recursive: true });
    const server = execa(sshd!, ['-D', '-e', '-f', path('sshd_config')], { reject: false });
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}`;
    await vi.waitUntil(() => answersAt(port), { timeout: 5000, interval: 20 });
    return new SshLogin(url, path('bin'), server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill();
    await this.#server;
  }
}

async function portOf(listener: Server): Promise<number> {
  await using open = listener.listen(0, '127.0.0.1');
  await once(open, 'listening');
  return (open.address() as AddressInfo).port;
}

async function answersAt(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  const answered = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answered;
}
