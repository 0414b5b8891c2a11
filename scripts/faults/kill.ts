import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { codeOf } from '../../ops/errors.ts';
import { keptInstances } from '../../stage/keeper/index.ts';

export const victims = ['command line', 'keeper', 'server'] as const;
export type Victim = (typeof victims)[number];

/** What there was after a kill and the next command: nothing, if all is well. */
export interface Aftermath {
  readonly victim: Victim;
  readonly left: readonly string[];
}

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'scripts/drydock.ts');
const longestMs = 2000;

/** Kills one process after another, each at a random moment of its work, with kill -9. */
export async function* killAtRandom(count: number, seed: number): AsyncGenerator<Aftermath> {
  const random = randomFrom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'drydock-faults-'));
  await chmod(folder, 0o711);
  await cp(join(root, 'ops/init'), join(folder, 'project'), { recursive: true });
  await mkdir(join(folder, 'project/audit-log/trail'), { recursive: true });
  const scene = new Scene(join(folder, 'project'), join(folder, 'home'));
  try {
    for (let index = 0; index < count; index += 1) {
      const victim = victims[Math.floor(random() * victims.length)]!;
      await scene.kill(victim, random() * longestMs);
      yield { victim, left: await scene.whatIsLeft() };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A project, a home, and the command line on them. */
class Scene {
  readonly #project: string;
  readonly #home: string;

  constructor(project: string, home: string) {
    this.#project = project;
    this.#home = home;
  }

  async kill(victim: Victim, afterMs: number): Promise<void> {
    if (victim === 'keeper') return this.#killKeeper(afterMs);
    const run = this.#start('run', '--quiet');
    await sleep(afterMs);
    if (victim === 'server') await this.#killServer();
    else run.kill('SIGKILL');
    await run;
  }

  /** Up and then killed after a while; an `up` that is not there yet by then is killed in the middle. */
  async #killKeeper(afterMs: number): Promise<void> {
    const up = this.#start('up', '--port', 'any', '--quiet');
    await sleep(afterMs);
    for (const { pid } of await keptInstances(this.#home)) killIfAlive(pid);
    up.kill('SIGKILL');
    await up;
    // a keeper that was starting sees its launcher gone and clears its instance by itself
    await this.#start('down', '--all');
  }

  /** By the data directory on its command line: a number in a file may be a stranger's by now. */
  async #killServer(): Promise<void> {
    const { stdout } = await execa('ps', ['-ww', '-eo', 'pid=,command=']);
    const servers = stdout.split('\n').filter((line) => line.includes(`postgres -D ${this.#home}/instances/`));
    for (const line of servers) killIfAlive(parseInt(line, 10));
  }

  /** Runs the next command, then looks at everything a run can leave behind. */
  async whatIsLeft(): Promise<string[]> {
    const trail = await this.#settled();
    return [
      ...(await namesIn(join(this.#home, 'instances'))).map((name) => `folder ${name}`),
      ...(await namesIn(join(this.#home, 'keepers'))).map((name) => `keeper's ${name}`),
      ...(await processesNaming(this.#home)).map((command) => `process ${command}`),
      // 4: nothing was written yet
      ...(trail.exitCode === 0 || trail.exitCode === 4 ? [] : [`trail: ${trail.stdout}`]),
    ];
  }

  /** A keeper that lost its launcher may take a moment of its own before there is nothing left to clear. */
  async #settled() {
    const trail = await this.#start('trail', 'verify');
    for (let patience = 50; patience > 0 && (await namesIn(join(this.#home, 'keepers'))).length > 0; patience -= 1) {
      await sleep(100);
    }
    return trail;
  }

  #start(...args: string[]) {
    return execa(process.execPath, [cli, ...args, '--config', 'drydock.yaml'], {
      cwd: this.#project,
      env: { DRYDOCK_HOME: this.#home },
      reject: false,
    });
  }
}

function killIfAlive(pid: number): void {
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

/** Numbers from 0 to 1 that a seed decides: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
