import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';

/** The bytes of a file, at once or in pieces as they are made. */
export type Content = Buffer | Iterable<Buffer>;

/** Where the files of an audit go: a folder or a bucket. */
export interface Destination {
  /** Writes a file that is not there yet. @returns where it now is */
  create(name: string, content: Content, type: string): Promise<string>;
  /** Writes a file whose name says what it holds: one that is already there is the same, or was cut short. */
  keep(name: string, content: Content, type: string): Promise<string>;
}

/**
 * Opens what `--out` names: `s3://BUCKET/PREFIX`, or a folder relative to `cwd`.
 * @param endpoint of an S3 server that is not Amazon's
 */
export async function openDestination(
  out: string,
  { cwd, endpoint }: { readonly cwd: string; readonly endpoint: string | undefined },
): Promise<Destination> {
  if (!out.startsWith('s3://')) return folderDestination(resolve(cwd, out));
  const { s3Destination, s3PlaceOf } = await import('./s3.ts'); // large, and most audits go to a folder
  return s3Destination(s3PlaceOf(out, endpoint));
}

/** @param root made when it is missing */
function folderDestination(root: string): Destination {
  const placeFor = async (name: string) => {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true }).catch((error) => refused(path, error));
    return path;
  };
  return {
    create: async (name, content) => {
      const path = await placeFor(name);
      const file = await open(path, 'wx').catch((error) => refused(path, error));
      await using _closed = file;
      await writeFile(file, content).catch(async (error: unknown) => {
        await rm(path, { force: true }); // ours, and cut short
        refused(path, error);
      });
      return path;
    },
    // whole or not at all under its name: one that a crash cut short would be taken for what it says for ever
    keep: async (name, content) => {
      const path = await placeFor(name);
      const part = `${path}.${randomUUID()}.part`;
      try {
        await writeFile(part, content, { flag: 'wx' });
        await rename(part, path);
        return path;
      } catch (error) {
        await rm(part, { force: true });
        return refused(path, error);
      }
    },
  };
}

function refused(path: string, error: unknown): never {
  throw new DrydockError('INVENTORY_WRITE', `Cannot write ${path}: ${codeOf(error) ?? String(error)}.`, {
    hint:
      codeOf(error) === 'EEXIST'
        ? 'An audit of this second is already there; take it again.'
        : 'Choose a folder that can be written with --out.',
    cause: error,
  });
}

/** A file that a destination holds, by the name that it gave. @param endpoint of an S3 server that is not Amazon's */
export async function fetchFile(name: string, endpoint: string | undefined): Promise<Buffer> {
  if (!name.startsWith('s3://')) return readFile(name);
  const { readS3, s3PlaceOf } = await import('./s3.ts');
  return readS3(s3PlaceOf(name, endpoint));
}

/** Removes a file by the name that its destination gave. */
export async function removeFile(name: string, endpoint: string | undefined): Promise<void> {
  if (!name.startsWith('s3://')) return rm(name, { force: true });
  const { removeS3, s3PlaceOf } = await import('./s3.ts');
  return removeS3(s3PlaceOf(name, endpoint));
}
