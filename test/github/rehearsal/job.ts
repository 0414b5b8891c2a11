import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { holds, interpolate, type Contexts, type Surroundings } from './expressions.ts';
import { standIns } from './stand-ins.ts';
import { readYaml, type ActionSpec, type JobSpec, type StepSpec } from './workflow.ts';
import type { World } from './world.ts';

type Strings = Record<string, string>;

/** What a step came to. */
export interface StepRun {
  readonly name: string;
  readonly conclusion: 'success' | 'failure' | 'skipped';
  readonly exitCode: number;
  readonly outputs: Strings;
  /** Empty for a composite action, whose steps are in the list themselves. */
  readonly log: string;
}

export interface JobRun {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Strings;
  /** The steps in the order they ran, those of our own action too. */
  readonly steps: readonly StepRun[];
  readonly summary: string;
}

/** Where a step stands: its contexts, and the steps before it that it may refer to. */
interface Frame {
  readonly contexts: Contexts;
  readonly steps: Record<string, { outputs: Strings; outcome: string; conclusion: string }>;
  readonly env: Strings;
  readonly shell: string | undefined;
}

/** One job on a fresh runner: its steps, one after the other, exactly as written. */
export class Runner {
  readonly workspace: string;
  readonly world: World;
  readonly #temp: string;
  readonly #path: string[] = [];
  readonly #env: Strings = {};
  readonly #done: StepRun[] = [];
  #summary = '';
  #failed = false;

  private constructor(world: World, workspace: string, temp: string) {
    this.world = world;
    this.workspace = workspace;
    this.#temp = temp;
  }

  static async on(world: World): Promise<Runner> {
    const folder = await mkdtemp(join(world.folder, 'runner-'));
    const [workspace, temp] = [join(folder, 'workspace'), join(folder, 'temp')];
    await Promise.all([mkdir(workspace), mkdir(temp)]);
    return new Runner(world, workspace, temp);
  }

  /** Steps put programs before the others with `GITHUB_PATH`. */
  addPath(folder: string): void {
    this.#path.unshift(folder);
  }

  async run(job: JobSpec, contexts: Contexts, shell: string | undefined): Promise<JobRun> {
    if (job.strategy) throw new Error('the rehearsal runs no matrix');
    const around = { ...contexts, github: { ...(contexts['github'] as object), workspace: this.workspace } };
    const frame: Frame = { contexts: around, steps: {}, env: this.#resolve(job.env, this.#around(around)), shell };
    await this.#runAll(job.steps, frame);
    const outputs = this.#resolve(job.outputs, this.#surroundings(frame));
    const result = this.#failed ? 'failure' : 'success';
    return { result, outputs, steps: this.#done, summary: this.#summary };
  }

  async #runAll(steps: readonly StepSpec[], frame: Frame): Promise<void> {
    for (const step of steps) {
      const run = await this.#runStep(step, frame);
      this.#done.push(run);
      if (step.id) {
        const { outputs, conclusion } = run;
        frame.steps[step.id] = { outputs, outcome: conclusion, conclusion };
      }
      this.#failed ||= run.conclusion === 'failure';
    }
  }

  async #runStep(step: StepSpec, frame: Frame): Promise<StepRun> {
    const bare = this.#surroundings(frame);
    const name = interpolate(step.name ?? step.uses ?? step.run, bare);
    const env = { ...frame.env, ...this.#resolve(step.env, bare) };
    const surroundings = this.#surroundings({ ...frame, env });
    if (!holds(step.if, surroundings)) return { name, conclusion: 'skipped', exitCode: 0, outputs: {}, log: '' };
    const { exitCode, outputs, log } =
      step.run === undefined
        ? await this.#use(step.uses!, this.#resolve(step.with, surroundings), { ...frame, env })
        : await this.#script(step.run, step.shell ?? frame.shell, env);
    return { name, conclusion: exitCode === 0 ? 'success' : 'failure', exitCode, outputs, log };
  }

  async #script(script: string, shell: string | undefined, env: Strings) {
    const folder = await mkdtemp(join(this.#temp, 'step-'));
    const files = { GITHUB_OUTPUT: '', GITHUB_ENV: '', GITHUB_PATH: '', GITHUB_STEP_SUMMARY: '' };
    const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)])) as typeof files;
    for (const path of Object.values(paths)) await writeFile(path, '');
    const file = join(folder, 'script.sh');
    await writeFile(file, script);
    // as the runner calls it: pipefail only for who asks for bash by name
    const flags = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
    const program = execa('bash', [...flags, file], {
      cwd: this.workspace,
      reject: false,
      all: true,
      extendEnv: false,
      stdin: 'ignore',
      env: {
        ...this.world.environment(this.#path),
        ...this.#env,
        ...env,
        ...paths,
        RUNNER_TEMP: this.#temp,
        GITHUB_WORKSPACE: this.workspace,
      },
    });
    program.all.on('data', (chunk) => this.world.onLog(String(chunk)));
    const { exitCode, all } = await program;
    const read = async (name: keyof typeof files) => readFile(paths[name], 'utf8');
    Object.assign(this.#env, fileCommands(await read('GITHUB_ENV')));
    this.#path.unshift(...(await read('GITHUB_PATH')).split('\n').filter(Boolean));
    this.#summary += await read('GITHUB_STEP_SUMMARY');
    return { exitCode: exitCode ?? 1, outputs: fileCommands(await read('GITHUB_OUTPUT')), log: String(all) };
  }

  /** Our own action is expanded; of others their stand-in is called. */
  async #use(uses: string, inputs: Strings, frame: Frame) {
    if (uses.startsWith('./')) return this.#composite(join(this.workspace, uses), inputs, frame);
    const ours = /^OWNER\/REPO\/(.+)@/.exec(uses)?.[1];
    if (ours) return this.#composite(join(await this.#fetched(), ours), inputs, frame);
    const standIn = standIns[uses.split('@')[0]!];
    if (!standIn) throw new Error(`no stand-in for ${uses}`);
    const log = await standIn({ inputs, runner: this }).catch((error: Error) => error);
    return log instanceof Error
      ? { exitCode: 1, outputs: {}, log: `::error::${log.message}` }
      : { exitCode: 0, outputs: {}, log };
  }

  /** Our repository, fetched outside the workspace as the runner does it for `uses: OWNER/REPO/…`. */
  async #fetched(): Promise<string> {
    const to = join(this.#temp, '_actions');
    await execa('git', ['clone', '--quiet', this.world.drydock, to]);
    return to;
  }

  async #composite(path: string, given: Strings, { contexts, env }: Frame) {
    const action = readYaml<ActionSpec>(path, 'action.yml');
    const unknown = Object.keys(given).filter((name) => !(name in action.inputs));
    if (unknown.length > 0) throw new Error(`the action has no input ${unknown.join(', ')}`);
    const inputs = Object.fromEntries(
      Object.entries(action.inputs).map(([name, { default: value = '' }]) => [name, given[name] ?? String(value)]),
    );
    const github = { ...(contexts['github'] as object), action_path: path };
    // a composite action sees no secrets and no vars
    const frame: Frame = {
      contexts: { ...contexts, github, inputs, secrets: {}, vars: {} },
      steps: {},
      env,
      shell: undefined,
    };
    const before = this.#done.length;
    await this.#runAll(action.runs.steps, frame);
    const inner = this.#done.slice(before);
    const values = Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, value]));
    return {
      exitCode: inner.find(({ conclusion }) => conclusion === 'failure')?.exitCode ?? 0,
      outputs: this.#resolve(values, this.#surroundings(frame)),
      log: '',
    };
  }

  #surroundings({ contexts, steps, env }: Frame): Surroundings {
    return this.#around({ ...contexts, steps, env: { ...this.#env, ...env } });
  }

  #around(contexts: Contexts): Surroundings {
    return { contexts, failed: this.#failed, workspace: this.workspace };
  }

  #resolve(values: Readonly<Record<string, unknown>> | undefined, surroundings: Surroundings): Strings {
    return Object.fromEntries(
      Object.entries(values ?? {}).map(([name, value]) => [name, interpolate(value, surroundings)]),
    );
  }
}

/** `name=value` and `name<<delimiter` of a file like GITHUB_OUTPUT. */
function fileCommands(text: string): Strings {
  const found: Strings = {};
  const command = /^([^=\n]+?)(?:<<(\S+)\n([\s\S]*?)\n?\2|=(.*))$/gm;
  for (const [, name, , block, value] of text.matchAll(command)) found[name!] = block ?? value ?? '';
  return found;
}
