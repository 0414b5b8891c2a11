import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { holds } from './expressions.ts';
import { Runner, type JobRun } from './job.ts';
import { startService } from './service.ts';
import { inputsOf, readYaml, type JobSpec, type WorkflowSpec } from './workflow.ts';

const root = join(import.meta.dirname, '../../..');
/** What the runner's own token looks like to the workflows. */
export const token = 'ghs_standInForTheTokenOfTheJob';
const repository = 'owner/name';

export interface Dispatch {
  readonly inputs?: Readonly<Record<string, string | boolean>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** The variables of environments, which jobs in them see instead. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly event?: string;
  /** These jobs; all without it. */
  readonly only?: readonly string[];
  /** Told of what the steps print, as they print it. */
  readonly onLog?: (chunk: string) => void;
}

/** What a run of a workflow came to. */
export interface WorkflowRun {
  readonly result: 'success' | 'failure';
  readonly jobs: Readonly<Record<string, JobRun>>;
}

/** A repository on a stand-in of GitHub: an origin to clone from and push to, artifacts, and programs of the runner. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly origin: string;
  readonly artifacts: string;
  readonly home: string;
  readonly drydock: string;
  /** What the stand-ins were given, by kind. */
  readonly received: Record<string, unknown> = {};
  onLog: (chunk: string) => void = () => {};
  readonly #bin: string;

  private constructor(folder: string, home: string, drydock: string) {
    this.folder = folder;
    this.home = home;
    this.drydock = drydock;
    this.origin = join(folder, 'origin.git');
    this.artifacts = join(folder, 'artifacts');
    this.#bin = join(folder, 'bin');
  }

  /**
   * @param home where instances are kept
   * @param template a repository from `commitOfWorkingTree`
   * @param changes files to write on top of it, and to commit
   * @param drydock where OWNER/REPO, the repository of our action, is cloned from
   */
  static async of(
    home: string,
    template: string,
    changes: Readonly<Record<string, string>> = {},
    drydock = template,
  ): Promise<World> {
    const world = new World(await mkdtemp(join(dirname(template), 'world-')), home, drydock);
    await git(world.folder, 'clone', '--quiet', '--bare', template, world.origin);
    await Promise.all([mkdir(world.artifacts), mkdir(world.#bin)]);
    await world.#program('npm', npm);
    await world.answerPullRequests('HTTP/2.0 201 Created\r\n\r\n{"number":1}', 0);
    await writeFile(
      join(world.folder, '.gitconfig'),
      `[url "${world.origin}"]\n  insteadOf = https://x-access-token:${token}@github.com/${repository}.git\n`,
    );
    if (Object.keys(changes).length > 0) await world.commit(changes);
    return world;
  }

  /** Commits files to a branch of the origin. */
  async commit(files: Readonly<Record<string, string>>, branch = 'main'): Promise<void> {
    await using clone = await this.clone(branch);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(clone.path, path)), { recursive: true });
      await writeFile(join(clone.path, path), text);
    }
    await clone.git('add', '--all');
    await clone.git('commit', '--quiet', '--message', 'a change');
    await clone.git('push', '--quiet', 'origin', branch);
  }

  /** A checkout of its own of a branch. */
  async clone(branch = 'main') {
    const path = await mkdtemp(join(this.folder, 'clone-'));
    await git(path, 'clone', '--quiet', '--branch', branch, this.origin, '.');
    return {
      path,
      git: (...args: string[]) => git(path, ...args),
      [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
    };
  }

  branches(): Promise<string> {
    return git(this.origin, 'branch', '--format=%(refname:short)');
  }

  /** What GitHub says to `gh api` from now on. */
  async answerPullRequests(answer: string, exitCode: number): Promise<void> {
    await writeFile(join(this.folder, 'gh.answer'), answer);
    await this.#program(
      'gh',
      `printf '%s\\n' "$@" >> '${this.folder}/gh.called'\ncat '${this.folder}/gh.answer'\nexit ${exitCode}`,
    );
  }

  /** The arguments that `gh` was called with, and '' when it was not. */
  pullRequests(): Promise<string> {
    return readFile(join(this.folder, 'gh.called'), 'utf8').catch(() => '');
  }

  /** The environment that every step starts with: nothing of this machine but where programs are. */
  environment(path: readonly string[]): Record<string, string> {
    return {
      PATH: [this.#bin, ...path, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
      HOME: this.folder,
      // the caches of the tests, so that initdb does not run for each
      DRYDOCK_HOME: this.home,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'mona',
      GITHUB_REPOSITORY: repository,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SHA: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
    };
  }

  /** Runs a workflow of the repository. Its jobs run one after the other, each on a runner of its own. */
  async dispatch(file: string, order: Dispatch = {}): Promise<WorkflowRun> {
    const { inputs = {}, secrets = {}, event = 'workflow_dispatch', only, onLog } = order;
    this.onLog = onLog ?? (() => {});
    await using clone = await this.clone();
    const workflow = readYaml<WorkflowSpec>(clone.path, `.github/workflows/${file}`);
    const github = {
      event_name: event,
      repository,
      ref_name: 'main',
      ref: 'refs/heads/main',
      run_id: '4711',
      run_attempt: '1',
      actor: 'mona',
      token,
    };
    const contexts = { github, inputs: inputsOf(workflow, inputs), secrets, runner: { os: 'Linux', arch: 'X64' } };
    const jobs: Record<string, JobRun> = {};
    for (const [name, job] of Object.entries(workflow.jobs).filter(([name]) => only?.includes(name) ?? true)) {
      const vars = { ...order.vars, ...order.environments?.[job.environment ?? ''] };
      const needs = Object.fromEntries([job.needs ?? []].flat().map((other) => [other, jobs[other]!]));
      const failed = Object.values(needs).some(({ result }) => result !== 'success');
      const surroundings = { contexts: { ...contexts, needs, vars }, failed, workspace: clone.path };
      jobs[name] = holds(job.if, surroundings)
        ? await this.#runJob(job, surroundings, workflow.defaults?.run?.shell)
        : { result: 'skipped', outputs: {}, steps: [], summary: '' };
    }
    const result = Object.values(jobs).some((job) => job.result === 'failure') ? 'failure' : 'success';
    return { result, jobs };
  }

  async #runJob(job: JobSpec, surroundings: Parameters<typeof holds>[1], shell: string | undefined): Promise<JobRun> {
    await using service = await startService(job, surroundings, this.home);
    const runner = await Runner.on(this);
    return await runner.run(job, { ...surroundings.contexts, job: { services: service.contexts } }, shell);
  }

  /** Every file that left a runner: what artifacts hold, and what was pushed. */
  async whatLeft(): Promise<string> {
    const files = (await readdir(this.artifacts, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    const artifacts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
    const pushed = await git(this.origin, 'log', '--all', '--patch', '-3', '--', 'audit-log');
    return [...artifacts, pushed].join('\n');
  }

  async #program(name: string, script: string): Promise<void> {
    const file = join(this.#bin, name);
    await writeFile(file, `#!/bin/bash\nset -eu\n${script}\n`);
    await chmod(file, 0o755);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Installs what is installed here, where `npm ci` is told to. */
const npm = `
[ "$1" = ci ]
prefix=.
while [ $# -gt 0 ]; do
    [ "$1" != --prefix ] || prefix=$2
    shift
done
ln -s '${root}/node_modules' "$prefix/node_modules"`;

/** A repository with one commit: the files as they are here now, without what is ignored. */
export async function commitOfWorkingTree(folder: string): Promise<string> {
  const to = join(folder, 'template');
  await mkdir(to);
  const listed = await git(
    root,
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    ':!audit-log/trail/*.md',
    ':!audit-log/trail/evidence',
  );
  for (const file of listed.split('\0').filter(Boolean)) {
    await cp(join(root, file), join(to, file), { force: false }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // removed here, and not yet from the index
    });
  }
  return commitOf(to);
}

/** Makes a folder a repository with one commit of all that is in it. */
export async function commitOf(folder: string): Promise<string> {
  await git(folder, 'init', '--quiet', '--initial-branch', 'main');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'all of it');
  return folder;
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=tester', '-c', 'user.email=tester@example.com'];
  return (await execa('git', [...who, ...args], { cwd })).stdout;
}
