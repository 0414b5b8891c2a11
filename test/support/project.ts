import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';

const cli = join(import.meta.dirname, '../../scripts/drydock.js');
const fixtures = join(import.meta.dirname, '../fixtures');

/** What a command came to, as its user sees it. */
export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of a fixture project, the tiny one unless told otherwise, that a test may break, and the command line to run on it. */
export class TestProject implements AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, home: string, env: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    this.home = home;
    this.#env = env;
  }

  /** @param home where instances are kept; give one to several projects to share its caches */
  static async copy(home: string, fixture = 'tiny'): Promise<TestProject> {
    const folder = await mkdtemp(join(tmpdir(), 'drydock-project-'));
    await cp(join(fixtures, fixture), folder, { recursive: true });
    return new TestProject(folder, home);
  }

  /** The same project, for commands with more environment. */
  with(env: Readonly<Record<string, string>>): TestProject {
    return new TestProject(this.folder, this.home, env);
  }

  /** Starts a command and leaves it running. */
  start(...args: string[]): ResultPromise<{ reject: false }> {
    return execa(process.execPath, [cli, ...args], {
      cwd: this.folder,
      env: { DRYDOCK_HOME: this.home, DRYDOCK_ACTOR: 'tester', NO_COLOR: '1', ...this.#env },
      reject: false,
    });
  }

  /** Runs a command on this project to its end. */
  async drydock(...args: string[]): Promise<Outcome> {
    const { exitCode, stdout, stderr } = await this.start(...args, '--config', 'drydock.yaml');
    return { code: exitCode, stdout: String(stdout), stderr: String(stderr) };
  }

  async write(path: string, content: string): Promise<void> {
    await writeFile(join(this.folder, path), content);
  }

  /** Replaces text in a file; that it is there is part of the test. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const before = await this.read(path);
    if (!before.includes(from)) throw new Error(`${path} does not contain ${from}`);
    await this.write(path, before.replace(from, to));
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.folder, path), { recursive: true });
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  /** The text of the newest day of the trail. */
  async trail(): Promise<string> {
    const days = (await readdir(join(this.folder, 'audit-log/trail'))).filter((name) => name.endsWith('.md'));
    return this.read(join('audit-log/trail', days.sort().at(-1)!));
  }

  /** Instances that are still there, running or not. */
  async instances(): Promise<string[]> {
    return readdir(join(this.home, 'instances')).catch(() => []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
