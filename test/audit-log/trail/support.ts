import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendEntry } from '../../../audit-log/trail/index.ts';
import type { AppendedEntry } from '../../../audit-log/trail/index.ts';
import { temporaryFolder } from '../../support/home.ts';

/** A trail of its own in a folder that goes away with it. */
export interface TemporaryTrail extends AsyncDisposable {
  directory: string;
  lockFile: string;
  append(heading: string, body: string, at?: string): Promise<AppendedEntry>;
  read(file: string): Promise<string>;
  write(file: string, content: string | Buffer): Promise<void>;
  files(): Promise<string[]>;
}

export async function temporaryTrail(): Promise<TemporaryTrail> {
  const folder = await temporaryFolder();
  const [directory, lockFile] = [join(folder.path, 'trail'), join(folder.path, 'trail.lock')];
  return {
    directory,
    lockFile,
    append: (heading, body, at = '2025-09-22T12:00:00Z') =>
      appendEntry({ directory, lockFile, entry: { heading, body, at: new Date(at) } }),
    read: (file) => readFile(join(directory, file), 'utf8'),
    write: (file, content) => writeFile(join(directory, file), content),
    files: async () => (await readdir(directory)).sort(),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
