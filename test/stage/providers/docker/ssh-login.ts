import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { vi } from 'vitest';
import { host } from '../../../support/home.ts';

const sshd = '/usr/sbin/sshd';
const isRequired = process.env['DRYDOCK_REQUIRE']?.split(',').includes('ssh') ?? false;

/** Why tests over ssh cannot run here; undefined when they can. What DRYDOCK_REQUIRE names has to be there. */
export const whyNoSshd =
  isRequired || existsSync(sshd) ? undefined : `there is no ${sshd}; scripts/ci/ssh-server.sh installs it`;

/** An sshd of our own that lets us in as ourselves, and an `ssh` that knows its key. */
export class SshLogin implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #server: ReturnType<typeof execa>;

  private constructor(url: string, folder: string, server: ReturnType<typeof execa>) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
  }

  /** The folder of that `ssh`. */
  get programs(): string {
    return join(this.#folder, 'bin');
  }

  /** What is led here: the `ssh` that are running with our key and a way for something. */
  async leads(): Promise<string[]> {
    const { stdout } = await execa('ps', ['-ww', '-eo', 'command=']);
    return stdout.split('\n').filter((line) => line.includes(`${this.#folder}/user`) && line.includes(' -L '));
  }

  /**
   * @param parent of a folder for its keys and settings
   * @param engine the address that `docker` speaks to there
   */
  static async start(parent: string, engine: string): Promise<SshLogin> {
    const folder = await mkdtemp(join(parent, 'ssh-'));
    const path = (file: string) => join(folder, file);
    await mkdir(path('bin'));
    for (const key of ['host', 'user']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
    const port = await portOf(createServer());
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${path('host')}`,
      'StrictModes no',
      'PidFile none',
    ];
    const access = [`AuthorizedKeysFile ${path('user.pub')}`, `SetEnv DOCKER_HOST=${engine}`];
    await writeFile(path('sshd_config'), [...lines, ...access, 'PermitRootLogin yes', ''].join('\n'));
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].map(
      (each) => `-o ${each}`,
    );
    const wrapper = `#!/bin/sh\nexec /usr/bin/ssh -F none ${options.join(' ')} -i ${path('user')} "$@"\n`;
    await writeFile(path('bin/ssh'), wrapper, { mode: 0o755 });
    if (host.uid === 0) await mkdir('/run/sshd', { recursive: true });
    const server = execa(sshd, ['-D', '-e', '-f', path('sshd_config')], { reject: false });
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}`;
    await vi.waitUntil(() => answersAt(port), { timeout: 5000, interval: 20 });
    return new SshLogin(url, folder, server);
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
