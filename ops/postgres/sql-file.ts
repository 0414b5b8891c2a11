import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { codeOf, DrydockError } from '../errors.ts';
import { sha256 } from '../evidence.ts';

/** A file of SQL with what its header says. */
export interface SqlFile {
  /** As people see it: relative to the project's root, with forward slashes. */
  readonly path: string;
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
  /** `-- key: value` lines above the first statement; a line indented under its key continues it. */
  readonly header: Readonly<Record<string, string>>;
}

/** A part of a file below a `-- drydock: NAME` line; `start` is its offset in the file's text. */
export interface SqlSection {
  readonly text: string;
  readonly start: number;
}

/** Reads one SQL file. `root` only shortens the path that people see. */
export async function readSqlFile(root: string, path: string): Promise<SqlFile> {
  const bytes = await readBytes(path);
  const text = new TextDecoder().decode(bytes); // which leaves out a byte order mark
  return {
    path: relative(root, path).replaceAll('\\', '/'),
    name: basename(path, '.sql'),
    text,
    sha256: sha256(bytes),
    header: parseHeader(text),
  };
}

/** Every `.sql` file of a folder, in order of name. */
export async function readSqlFolder(root: string, folder: string): Promise<SqlFile[]> {
  const names = await readdir(folder).catch((error) => {
    throw new DrydockError('SQL_FOLDER_MISSING', `There is no folder ${relative(root, folder) || folder}.`, {
      hint: 'Create it, or correct its path in drydock.yaml.',
      cause: error,
    });
  });
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(files.map((name) => readSqlFile(root, join(folder, name))));
}

/** The file's value of a header key. A missing one is an error that names file and key. */
export function requireHeader(file: SqlFile, key: string): string {
  const value = file.header[key];
  if (value) return value;
  throw new DrydockError('SQL_HEADER_MISSING', `${file.path} has no "-- ${key}:" line in its header.`, {
    hint: `Add "-- ${key}: …" above the first statement.`,
  });
}

/** The parts of a file, by the name on their `-- drydock: NAME` line. */
export function sectionsOf(file: SqlFile): Record<string, SqlSection> {
  const marks = [...file.text.matchAll(/^-- drydock: ([a-z-]+)[ \t]*$/gm)];
  return Object.fromEntries(
    marks.map((mark, index) => {
      const start = mark.index + mark[0].length;
      return [mark[1]!, { text: file.text.slice(start, marks[index + 1]?.index), start }];
    }),
  );
}

function parseHeader(text: string): Record<string, string> {
  const header: Record<string, string> = {};
  let last: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('--')) break;
    const key = /^-- ([a-z][a-z-]*): *(.*)$/.exec(line);
    const more = /^-- {2,}(\S.*)$/.exec(line);
    if (key) header[(last = key[1]!)] = key[2]!.trim();
    else if (more && last) header[last] += ` ${more[1]!.trim()}`;
  }
  return header;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new DrydockError('SQL_FILE_UNREADABLE', `Cannot read ${path}: ${codeOf(error)}.`, {
      hint: 'Correct its name, or make it readable for this user.',
      cause: error,
    });
  }
}
