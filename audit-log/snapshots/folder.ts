import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { format, type Manifest } from './manifest.ts';

/** A snapshot's folder while it is being filled. Until it is complete, its end removes it. */
export class SnapshotFolder implements AsyncDisposable {
  readonly path: string;
  readonly #final: string;

  private constructor(path: string, final: string) {
    this.path = path;
    this.#final = final;
  }

  /**
   * Makes `PLACE/UTCSTAMP`, which only its owner may enter and git does not see.
   * @throws SNAPSHOT_WRITE when it cannot be made, or a snapshot of this second is there
   */
  static async create(place: string, now: Date): Promise<SnapshotFolder> {
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const path = join(place, `.${stamp}.partial`);
    const final = join(place, stamp);
    try {
      await mkdir(place, { recursive: true, mode: 0o700 });
      // rows of a live database: nobody should commit them by accident
      await writeFile(join(place, '.gitignore'), '*\n');
      if (await isThere(final)) throw Object.assign(new Error('it is there already'), { code: 'EEXIST' });
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      throw new DrydockError('SNAPSHOT_WRITE', `Cannot make the folder ${final}: ${codeOf(error)}.`, {
        hint: 'Take the snapshot again in a second, or choose a folder that can be written with --out.',
        cause: error,
      });
    }
    return new SnapshotFolder(path, final);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.path, name), text, { flag: 'wx', mode: 0o600 });
  }

  /** @returns where the snapshot now is */
  async complete(): Promise<string> {
    await rename(this.path, this.#final);
    return this.#final;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await readdir(dirname(path))).includes(path.slice(dirname(path).length + 1));
}

/** Removes the snapshots of a place that have outlived their retention. @returns their folders */
export async function removeExpired(place: string, now: Date): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(place)) {
    const folder = join(place, name);
    const manifest = await manifestIn(folder);
    if (manifest?.format !== format || manifest.expires_at_utc > now.toISOString()) continue;
    await rm(folder, { recursive: true });
    removed.push(folder);
  }
  return removed;
}

/** The manifest of a folder; nothing where there is none, because then the folder is none of ours. */
async function manifestIn(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
