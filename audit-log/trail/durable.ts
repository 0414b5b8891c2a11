import { open, readFile, rename, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';

/** Only the holder of the trail's lock writes it, so one name is enough, and what a dead writer left has that name. */
const unfinished = '.unfinished.tmp';

/** Removes what a writer that was killed left behind. */
export async function removeUnfinished(directory: string): Promise<void> {
  await rm(join(directory, unfinished), { force: true });
}

/**
 * Adds bytes to the end of a file so that, whenever the process or the machine stops, the file is the old or the new one.
 * @param before what the file holds now; undefined when it is to be made
 * @throws DrydockError TRAIL_CHANGED when somebody else changed the file meanwhile
 */
export async function extendFile(path: string, before: Buffer | undefined, added: Buffer): Promise<void> {
  const temporary = join(dirname(path), unfinished);
  try {
    await writeDurably(temporary, before ? [before, added] : [added]);
    await refuseIfChanged(path, before);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Makes a file hold these bytes, or leaves the old ones; never some of each. */
export async function replaceFile(path: string, content: Buffer): Promise<void> {
  const temporary = join(dirname(path), unfinished);
  try {
    await writeDurably(temporary, [content]);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

async function writeDurably(path: string, parts: Buffer[]): Promise<void> {
  await using file = await open(path, 'wx');
  for (const part of parts) await file.writeFile(part);
  await file.sync();
}

/** An editor takes no lock: what it saved since we read the file must not be lost, nor become part of the chain. */
async function refuseIfChanged(path: string, before: Buffer | undefined): Promise<void> {
  const now = await contentIfAny(path);
  if (before ? now?.equals(before) : now === undefined) return;
  throw new DrydockError('TRAIL_CHANGED', `${path} was changed by another program while an entry was being added.`, {
    hint: 'Close the program that has the file open, run `drydock trail verify`, then try again.',
  });
}

async function contentIfAny(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the rename itself survive a power cut. Windows opens no directories, and its file system journals renames. */
async function syncDirectory(directory: string): Promise<void> {
  if (platform() === 'win32') return;
  await using handle = await open(directory, 'r');
  await handle.sync();
}
