import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { format, type Manifest } from '../manifest.ts';

/** A snapshot on disk whose files are those that its manifest names. */
export interface LoadedSnapshot {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** @throws SNAPSHOT_FILE when the folder holds no snapshot, or a file of it was changed */
export async function loadSnapshot(folder: string): Promise<LoadedSnapshot> {
  const manifest = await readManifest(folder);
  await Promise.all(
    manifest.tables.map(async ({ file, sha256 }) => {
      const found = await sha256OfFile(join(folder, file)).catch((error) => {
        throw complaint(folder, `lacks ${file}: ${codeOf(error)}`, error);
      });
      if (found !== sha256) throw complaint(folder, `was changed: ${file} is not the file that its sha256 names`);
    }),
  );
  return { folder, manifest };
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

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

function complaint(folder: string, what: string, cause?: unknown): DrydockError {
  return new DrydockError('SNAPSHOT_FILE', `${folder} ${what}.`, {
    hint: 'Name two folders that "drydock snapshot" wrote, with their manifest.json and every file in it.',
    cause,
  });
}
