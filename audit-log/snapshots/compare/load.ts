import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { sha256OfFile } from '../../../ops/evidence.ts';
import { format, type Manifest } from '../manifest.ts';

/** A snapshot on disk, by its manifest. */
export interface LoadedSnapshot {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** @throws SNAPSHOT_FILE when the folder holds no snapshot */
export async function loadSnapshot(folder: string): Promise<LoadedSnapshot> {
  return { folder, manifest: await readManifest(folder) };
}

/** Reads every file. @throws SNAPSHOT_FILE when one is not there, or was changed */
export async function requireUnchanged({ folder, manifest }: LoadedSnapshot): Promise<void> {
  for (const { file, sha256 } of manifest.tables) {
    const found = await sha256OfFile(join(folder, file)).catch((error) => {
      throw complaint(folder, `lacks ${file}: ${codeOf(error)}`, error);
    });
    if (found !== sha256) throw complaint(folder, `was changed: ${file} is not the file that its sha256 names`);
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Partial<Manifest> | null;
    if (manifest?.format === format) return manifest as Manifest;
  } catch (error) {
    throw complaint(folder, `has no manifest that can be read (${codeOf(error) ?? 'it is no JSON'})`, error);
  }
  throw complaint(folder, 'holds no snapshot');
}

/** What is wrong with a folder. */
export function complaint(folder: string, what: string, cause?: unknown): DrydockError {
  return new DrydockError('SNAPSHOT_FILE', `${folder} ${what}.`, {
    hint: 'Name two folders that "drydock snapshot" wrote, with their manifest.json and every file in it.',
    cause,
  });
}
