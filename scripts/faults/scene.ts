import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { codeOf } from '../../ops/errors.ts';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'scripts/drydock.js');

/** A project and a home of its own, the command line on them, and a look at everything that can be left behind. */
export class Scene implements AsyncDisposable {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#env = env;
  }

  /**
   * Sets the small project of `drydock init` up.
   * @param folder where; a temporary one without it
   * @param env what its commands get beside their home
   */
  static async set(folder?: string, env: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const place = folder ?? (await mkdtemp(join(tmpdir(), 'drydock-faults-')));
    await mkdir(place, { recursive: true });
    await chmod(place, 0o711);
    await cp(join(root, 'ops/init'), join(place, 'project'), { recursive: true });
    await mkdir(join(place, 'project/audit-log/trail'), { recursive: true });
    return new Scene(place, env);
  }

  get home(): string {
    return join(this.folder, 'home');
  }

  get project(): string {
    return join(this.folder, 'project');
  }

  /** Starts a command in the project and leaves it running. */
  start(...args: string[]): ResultPromise<{ reject: false }> {
    return execa(process.execPath, [cli, ...args], {
      cwd: this.project,
      env: { DRYDOCK_HOME: this.home, NO_COLOR: '1', ...this.#env },
      reject: false,
    });
  }

  /** Kills by the data directory on the command line: a number in a file may be a stranger's by now. */
  async killServers(): Promise<void> {
    const { stdout } = await execa('ps', ['-ww', '-eo', 'pid=,command=']);
    const servers = stdout.split('\n').filter((line) => line.includes(`postgres -D ${this.home}/instances/`));
    for (const line of servers) killIfAlive(parseInt(line, 10));
  }

  /** The folders of the instances that are there. */
  async instances(): Promise<string[]> {
    return (await namesIn(join(this.home, 'instances'))).map((name) => join(this.home, 'instances', name));
  }

  /** Runs the next command, then names everything that a run can leave behind. */
  async whatIsLeft(): Promise<string[]> {
    const { exitCode, stdout } = await this.#settled();
    return [
      ...(await this.instances()).map((path) => `folder ${path}`),
      ...(await namesIn(join(this.home, 'keepers'))).map((name) => `keeper's ${name}`),
      ...(await processesNaming(this.home)).map((command) => `process ${command}`),
      // 4: nothing was written yet
      ...(exitCode === 0 || exitCode === 4 ? [] : [`trail: ${stdout}`]),
    ];
  }

  /** A keeper that lost its launcher may take a moment of its own before there is nothing left to clear. */
  async #settled() {
    const trail = await this.start('trail', 'verify');
    for (let patience = 50; patience > 0 && (await namesIn(join(this.home, 'keepers'))).length > 0; patience -= 1) {
      await sleep(100);
    }
    return trail;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
}

/** Command lines of processes that name the folder, as `ps` shows them. */
async function processesNaming(folder: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-ww', '-eo', 'command=']);
  return stdout.split('\n').filter((command) => command.includes(folder));
}
