import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const fixtures = join(import.meta.dirname, '../../fixtures');

/** A fixture project with a workload, in a git repository of its own. */
export class Repository implements AsyncDisposable {
  readonly folder: string;
  readonly file: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'drydock.yaml');
  }

  /** @param workload files by name; settings are those of `performance` beside the folder */
  static async of(fixture: string, settings: string, workload: Readonly<Record<string, string>>): Promise<Repository> {
    const repository = new Repository(await mkdtemp(join(tmpdir(), 'drydock-repository-')));
    await cp(join(fixtures, fixture), repository.folder, { recursive: true });
    const config = `\nperformance: { workload: sql/workload, ${settings} }\n`;
    await writeFile(repository.file, config, { flag: 'a' });
    for (const [name, text] of Object.entries(workload)) await repository.write(`sql/workload/${name}`, text);
    await repository.git('init', '--quiet', '--initial-branch=main');
    await repository.commit();
    return repository;
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  async commit(): Promise<void> {
    await this.git('add', '--all');
    await this.git('-c', 'user.name=tester', '-c', 'user.email=tester@example.org', 'commit', '--quiet', '-m', 'all');
  }

  async git(...args: string[]): Promise<string> {
    return (await execa('git', args, { cwd: this.folder })).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
