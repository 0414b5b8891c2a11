import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { builtinSql } from '../builtin.ts';
import type { Project } from './load.ts';
import { invalid, type ConfigProblem } from './problems.ts';
import { nearest } from './nearest.ts';
import type { Config } from './schema.ts';

/**
 * Checks what a project file says of the files beside it.
 * @throws CONFIG_INVALID that lists every folder that is not there, and every threshold of a check that is not there
 */
export async function requireFiles({ config, root, file }: Project): Promise<void> {
  const missing = await Promise.all(foldersIn(config).map((place) => missingFolder(root, place)));
  const problems = [...missing.flat(), ...(await unknownThresholds(config, root))];
  if (problems.length > 0) throw invalid(file, problems);
}

interface NamedFolder {
  readonly path: string;
  readonly folder: string;
}

function foldersIn({ migrations, checks, backfills, hydrate, ingest }: Config): NamedFolder[] {
  const single = {
    'checks.gaps': checks.gaps,
    'checks.fixes': checks.fixes,
    'backfills.folder': backfills.folder,
    'hydrate.folder': hydrate?.folder,
    'ingest.folder': ingest?.folder,
  };
  return [
    ...migrations.map(({ folder }, index) => ({ path: `migrations.${index}.folder`, folder })),
    ...checks.folders.map((folder, index) => ({ path: `checks.folders.${index}`, folder })),
    ...Object.entries(single).flatMap(([path, folder]) => (folder === undefined ? [] : [{ path, folder }])),
  ];
}

async function missingFolder(root: string, { path, folder }: NamedFolder): Promise<ConfigProblem[]> {
  try {
    if ((await namesIn(join(root, folder))) !== undefined) return [];
  } catch (error) {
    return [{ path, message: `the folder ${folder} cannot be read: ${codeOf(error) ?? messageOf(error)}.` }];
  }
  const like = nearest(basename(folder), (await namesIfReadable(join(root, dirname(folder)))) ?? []);
  const advice = like ? ` Did you mean ${join(dirname(folder), like)}?` : '';
  return [{ path, message: `there is no folder ${folder}.${advice}` }];
}

/** A threshold under a misspelt name would change nothing, and nobody would know. */
async function unknownThresholds({ checks }: Config, root: string): Promise<ConfigProblem[]> {
  const folders = [join(builtinSql, 'checks'), ...checks.folders.map((folder) => join(root, folder))];
  const names = await Promise.all(folders.map(namesIfReadable));
  const known = names.flatMap((all = []) =>
    all.filter((name) => name.endsWith('.sql')).map((name) => basename(name, '.sql')),
  );
  return (['thresholds', 'thresholdsFrom'] as const).flatMap((key) =>
    Object.keys(checks[key])
      .filter((name) => !known.includes(name))
      .map((name) => {
        const like = nearest(name, known);
        const message = `there is no check "${name}".${like ? ` Did you mean ${like}?` : ''}`;
        return { path: `checks.${key}.${name}`, message };
      }),
  );
}

/** Undefined where there is no such folder. @throws what the system says of one that is there and cannot be read */
async function namesIn(folder: string): Promise<string[] | undefined> {
  return readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  });
}

/** For advice only: what cannot be read is said of the folder itself. */
async function namesIfReadable(folder: string): Promise<string[] | undefined> {
  return namesIn(folder).catch(() => undefined);
}
