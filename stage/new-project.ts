import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { initTemplate } from '../ops/builtin.ts';
import { codeOf, DrydockError } from '../ops/errors.ts';

/**
 * Makes a small project that works, with comments that teach. It holds SQL and YAML only.
 * @param folder is made when missing; what is in it already stays untouched
 * @returns the path of its drydock.yaml
 * @throws INIT_NOT_EMPTY
 */
export async function makeProject(folder: string): Promise<string> {
  await requireEmpty(folder);
  await cp(initTemplate, folder, { recursive: true });
  await rm(join(folder, 'gitignore'));
  await ignoreState(folder);
  const file = join(folder, 'drydock.yaml');
  const name = projectName(folder);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^(project|database|admin): example/gm, `$1: ${name}`));
  return file;
}

/** Keeps what runs leave, keys and dumps among it, out of git. */
export async function ignoreState(folder: string): Promise<void> {
  // npm leaves files of that name out of packages, so it travels without its dot
  await cp(join(initTemplate, 'gitignore'), join(folder, '.gitignore'));
}

/** @throws INIT_NOT_EMPTY when there is anything in the folder already */
export async function requireEmpty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DrydockError('INIT_FOLDER', `Cannot make the folder ${folder}: ${codeOf(error)}.`, {
      hint: 'Name a folder that you may create.',
      cause: error,
    });
  });
  const [first] = await readdir(folder);
  if (first === undefined) return;
  throw new DrydockError('INIT_NOT_EMPTY', `${folder} is not empty: there is ${first} in it.`, {
    hint: 'Name a folder that is empty or not there yet.',
  });
}

/** A name for the project that Postgres can carry without quotes, from the folder's. */
export function projectName(folder: string): string {
  const plain = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40);
  return plain || 'project';
}
