import { rm, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { execa } from 'execa';
import { codeOf, DrydockError } from '../ops/errors.ts';

const isIgnored = 0;
const isNotIgnored = 1;

/** A new file that only its owner can read, made before the secret is, and gone again when there comes none. */
export class SecretFile implements AsyncDisposable {
  readonly #path: string;
  #isKept = false;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws USAGE_SECRET_TRACKED where git could pick it up, USAGE_SECRET_FILE where it cannot be made */
  static async reserve(cwd: string, file: string): Promise<SecretFile> {
    const path = resolve(cwd, file);
    await refuseTracked(path, relative(cwd, path));
    await write(path, '', 'wx');
    return new SecretFile(path);
  }

  async keep(content: string): Promise<void> {
    await write(this.#path, content, 'w');
    this.#isKept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await rm(this.#path, { force: true });
  }
}

/** Outside every repository any place will do. */
async function refuseTracked(path: string, shown: string): Promise<void> {
  const git = await execa('git', ['check-ignore', '--quiet', '--', path], { cwd: dirname(path), reject: false });
  if (git.exitCode === isIgnored || (git.exitCode ?? 128) > isNotIgnored) return;
  throw new DrydockError('USAGE_SECRET_TRACKED', `git does not ignore ${shown}: the login would end up in a commit.`, {
    hint: `Add it to .gitignore, or name one that git ignores already, such as .env.staging.`,
  });
}

/** What is there already is not touched. */
async function write(path: string, content: string, flag: string): Promise<void> {
  try {
    await writeFile(path, content, { flag, mode: 0o600 });
  } catch (error) {
    throw new DrydockError('USAGE_SECRET_FILE', `Cannot write ${path}: ${codeOf(error)}.`, {
      hint: 'Name a file that is not there yet, in a folder that is.',
      cause: error,
    });
  }
}
