import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { booksOf, loadProject, stateFolder, type Books } from '../ops/config/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { projectFileOf } from './project-file.ts';

/**
 * Where Drydock leaves what it keeps for itself: with the project, from wherever it is started; without one, where it is.
 * @throws DrydockError CONFIG_MISSING, CONFIG_INVALID
 */
export async function stateFolderOf({ cwd }: Pick<Io, 'cwd'>, { config }: Pick<Options, 'config'>): Promise<string> {
  const file = projectFileOf(cwd, config);
  if (file === undefined) return resolve(cwd, stateFolder);
  const { root, config: settings } = await loadProject(file);
  return resolve(root, settings.trail.state);
}

/** The same place, and whose it is, for books that are kept even where the project file is broken, or is not there. */
export async function booksHere({ cwd }: Pick<Io, 'cwd'>, { config }: Pick<Options, 'config'>): Promise<Books> {
  const file = projectFileOf(cwd, config);
  if (file !== undefined && existsSync(file)) return booksOf(file);
  return { project: basename(cwd), state: resolve(cwd, stateFolder) };
}
