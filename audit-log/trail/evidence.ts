import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { hasRow } from '../../ops/markdown.ts';
import { readDays } from './days.ts';
import type { StoredEntry } from './parse.ts';
import { evidenceEdited, evidenceMissing, type TrailProblem } from './problems.ts';

/** Evidence that is kept beside the trail stays small; the rest stays with the run. */
export const keptBytes = 200_000;

/** The folder of the files that entries name by their sha256. */
export function evidenceFolder(directory: string): string {
  return join(directory, 'evidence');
}

/** How an entry names a file that is kept beside it: the report of a run, of a promotion, a sign-off. */
const naming = /^\| (?:report\.json \| .* \| (\d+) \| |(?:report|sign-off) \| sha256 )([0-9a-f]{64}) \|$/gm;

/** What an entry is about: of a sign-off that was given again, the newest counts. */
const about = /^\| (?:run|promotion|role) \| .*$/gm;

interface Named {
  readonly entry: StoredEntry;
  readonly sha256: string;
}

/**
 * Compares the files beside a trail with the entries that name them. A file that no entry is about is left aside: a run that
 * was killed before its entry leaves one, and nothing counts it.
 * @throws DrydockError TRAIL_UNREADABLE
 */
export async function verifyEvidence(directory: string, options: { chain?: string } = {}): Promise<TrailProblem[]> {
  const entries = (await readDays(directory, options.chain)).flatMap((day) => day.entries);
  const files = await readFiles(evidenceFolder(directory));
  const named = newest(entries.flatMap(namedBy));
  return named.flatMap(({ entry, sha256: hash }) => {
    // a file is named after what it is about
    const own = files.filter(({ id }) => isAbout(entry, id));
    if (own.some((file) => file.sha256 === hash)) return [];
    const edited = own.find((file) => !named.some((one) => one.sha256 === file.sha256 && isAbout(one.entry, file.id)));
    return edited ? evidenceEdited(entry, `evidence/${edited.name}`) : evidenceMissing(entry, hash);
  });
}

function newest(named: readonly Named[]): Named[] {
  const bySubject = new Map(named.map((one) => [JSON.stringify(one.entry.body.match(about)), one]));
  return [...bySubject.values()];
}

function namedBy(entry: StoredEntry): Named[] {
  return [...entry.body.matchAll(naming)]
    .filter(([, bytes = '0']) => Number(bytes) <= keptBytes)
    .map(([, , hash]) => ({ entry, sha256: hash! }));
}

function isAbout({ body }: StoredEntry, id: string): boolean {
  return hasRow(body, ['run', id]) || hasRow(body, ['promotion', id]);
}

async function readFiles(folder: string) {
  const files = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const read = files
    .filter((file) => file.name.endsWith('.json') && !file.isDirectory())
    .map(async ({ name }) => ({
      name,
      id: name.slice(0, name.indexOf('.')),
      sha256: sha256(await contentOf(join(folder, name))),
    }));
  return Promise.all(read);
}

/** A link to nowhere holds nothing. */
async function contentOf(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
}
