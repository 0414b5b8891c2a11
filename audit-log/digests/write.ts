import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { canonicalJson, sha256 } from '../../ops/evidence.ts';

/** A digest as it stands in its file. */
export type Filed<T> = T & {
  /** Counts up when late events change what the digest says. */
  readonly version: number;
  /** The sha256 of the version before this one; null for the first. */
  readonly restates: string | null;
};

export interface FiledDigest<T> {
  readonly digest: Filed<T>;
  readonly files: readonly string[];
  /** False when the files said the same already. */
  readonly isNew: boolean;
}

/** Other forms of a digest, by the extension of their file. */
export type Renderings<T> = Readonly<Record<string, (digest: T, version: number) => string>>;

interface Dated {
  readonly made_at: string;
}

/**
 * Writes a digest, or restates it: when the file there says something else, the new one gets the next version and names
 * the old one. A digest that says the same is left alone.
 * @param path without extension
 * @throws DIGEST_WRITE, DIGEST_TORN
 */
export async function fileDigest<T extends Dated>(
  path: string,
  digest: T,
  renderings: Renderings<T> = {},
): Promise<FiledDigest<T>> {
  const text = await onDisk(path, () => textOf(`${path}.json`));
  const before = text === undefined ? undefined : filedIn<T>(`${path}.json`, text);
  const files = ['json', ...Object.keys(renderings)].map((extension) => `${path}.${extension}`);
  if (before && contentOf(before) === contentOf(digest)) return { digest: before, files, isNew: false };
  const version = (before?.version ?? 0) + 1;
  const filed = { ...digest, version, restates: text === undefined ? null : sha256(text) };
  await onDisk(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await replace(`${path}.json`, `${JSON.stringify(filed, null, 2)}\n`);
    for (const [extension, render] of Object.entries(renderings)) {
      await replace(`${path}.${extension}`, render(digest, version));
    }
  });
  return { digest: filed, files, isNew: true };
}

/** @throws DIGEST_WRITE when it was the file system that failed */
async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new DrydockError('DIGEST_WRITE', `Cannot write ${path}.json: ${codeOf(error)}.`, {
      hint: 'Make its folder one that can be written, or name another with --out where there is one.',
      cause: error,
    });
  }
}

/** @throws DIGEST_TORN */
function filedIn<T>(file: string, text: string): Filed<T> {
  try {
    return JSON.parse(text) as Filed<T>;
  } catch (error) {
    throw new DrydockError('DIGEST_TORN', `${file} is no JSON, so it cannot be restated.`, {
      hint: 'Take it back from where it is kept, or move it away: it is then written as the first version.',
      cause: error,
    });
  }
}

/** What a digest says, without when it said so. */
function contentOf<T extends Dated>(digest: T | Filed<T>): string {
  return canonicalJson({ ...digest, made_at: null, as_of: null, version: null, restates: null });
}

async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.tmp`, content);
  await rename(`${path}.tmp`, path);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
