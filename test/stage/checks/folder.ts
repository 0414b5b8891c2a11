import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProject, type Config, type Project } from '../../../ops/config/index.ts';
import { loadChecks, type Check } from '../../../stage/checks.ts';
import { exampleFile } from '../../support/staging.ts';

/** A folder of somebody's own checks, in a project that is otherwise the example. */
export class ChecksFolder implements AsyncDisposable {
  readonly #path: string;
  readonly #example: Project;

  private constructor(path: string, example: Project) {
    this.#path = path;
    this.#example = example;
  }

  static async make(): Promise<ChecksFolder> {
    return new ChecksFolder(await mkdtemp(join(tmpdir(), 'drydock-checks-')), await loadProject(exampleFile));
  }

  /** Writes `NAME.sql`: a header of title, remedy and what `header` says, then the statement. */
  async write(name: string, statement: string, header: Record<string, string> = {}): Promise<void> {
    const lines = Object.entries({ title: 'A title', remedy: 'A remedy.', ...header });
    const text = [...lines.map(([key, value]) => `-- ${key}: ${value}`), '', statement, ''].join('\n');
    await writeFile(join(this.#path, `${name}.sql`), text);
  }

  /** The checks of the project whose only folder this is, with some of its settings replaced. */
  load(settings: Partial<Config> = {}): Promise<Check[]> {
    const checks = { folders: ['.'], thresholds: {}, thresholdsFrom: {}, ...settings.checks };
    return loadChecks({ ...this.#example, root: this.#path, config: { ...this.#example.config, ...settings, checks } });
  }

  /** Writes a check and loads it. */
  async check(statement: string, header: Record<string, string> = {}): Promise<Check> {
    await this.write('planted', statement, header);
    return (await this.load()).find(({ file }) => file.name === 'planted')!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { recursive: true });
  }
}
