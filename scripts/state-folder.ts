import { resolve } from 'node:path';
import { loadProject, type Project } from '../ops/config/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { projectFileOf } from './project-file.ts';

const besideNoProject = '.drydock';

/**
 * Where Drydock leaves what it keeps for itself: with the project, from wherever it is started; without one, where it is.
 * @throws DrydockError CONFIG_MISSING, CONFIG_INVALID
 */
export async function stateFolderOf({ cwd }: Pick<Io, 'cwd'>, { config }: Pick<Options, 'config'>): Promise<string> {
  const project = await projectOf(cwd, config);
  return project ? resolve(project.root, project.config.trail.state) : resolve(cwd, besideNoProject);
}

/** The project that a command is about; undefined where it names none and none is here. */
export async function projectOf(cwd: string, named: string | undefined): Promise<Project | undefined> {
  const file = projectFileOf(cwd, named);
  return file === undefined ? undefined : await loadProject(file);
}
