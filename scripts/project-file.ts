import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where a project file is looked for when none is named, in this order. */
export const usualPlaces: readonly string[] = ['drydock.yaml', 'ops/drydock.yaml'];

/** The full path of the project file: the named one, else the first that is in a usual place, if any is. */
export function projectFileOf(cwd: string, named: string | undefined): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  return usualPlaces.map((place) => resolve(cwd, place)).find((file) => existsSync(file));
}
