import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../ops/errors.ts';
import { lock, tryLock } from '../../../ops/lock.ts';
import type { Host } from '../host.ts';
import { runProgram } from './run-program.ts';

const draftName = /\.[0-9a-f]{8}\.unfinished$/;
// A program whose parent was killed may still be adding files for a moment.
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };
const patienceMs = 180_000;

/**
 * A folder that is made the first time somebody needs it, however many ask at once.
 * It is built beside its place under a lock, put on disk and renamed: nobody ever sees half of it, not even after a power cut.
 * @param make fills the folder it is given
 */
export async function madeOnce(folder: string, host: Host, make: (folder: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  using _making = await lock(`${folder}.lock`, { timeoutMs: patienceMs });
  if (await exists(folder)) return;
  // A name of its own, because the tools of a maker that was killed may still be writing to its draft.
  const draft = `${folder}.${randomBytes(4).toString('hex')}.unfinished`;
  await mkdir(draft, { mode: 0o711 });
  try {
    await make(draft);
    await writeToDisk(draft, host);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, removal);
    throw error;
  }
}

/** Removes what makers that were killed left in `parent`. */
export async function removeUnfinished(parent: string): Promise<void> {
  for (const name of (await namesIn(parent)).filter((each) => draftName.test(each))) {
    using making = tryLock(join(parent, name.replace(draftName, '.lock')));
    if (making) await rm(join(parent, name), removal);
  }
}

/** The names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

async function writeToDisk(folder: string, host: Host): Promise<void> {
  const args = host.platform === 'linux' ? ['-f', folder] : [];
  await runProgram({ program: 'sync', args, as: { credentials: {} }, cwd: dirname(folder) });
}
