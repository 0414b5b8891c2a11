import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loadProject, type Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';

/** The project as it was at a commit, in a folder of its own for as long as it is used. */
export interface Baseline extends AsyncDisposable {
  readonly commit: string;
  readonly project: Project;
}

/**
 * Takes the SQL and the settings of a commit out of git, beside the working tree and the index, which stay as they are.
 * @returns undefined where the commit has no such project yet
 * @throws BASELINE_UNKNOWN, or what is wrong with the project file of that commit
 */
export async function openBaseline({ root, file }: Project, ref: string): Promise<Baseline | undefined> {
  const commit = await commitOf(root, ref);
  const { stdout: top } = await git(root, ['rev-parse', '--show-toplevel']);
  const place = relative(await realpath(top), await realpath(file));
  const { stdout: list } = await git(top, ['ls-tree', '-r', '-z', '--name-only', commit]);
  const wanted = list.split('\0').filter((path) => /\.(sql|ya?ml)$/.test(path));
  if (!wanted.includes(place.replaceAll('\\', '/'))) return undefined;
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'drydock-baseline-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const env = { GIT_INDEX_FILE: join(folder, 'index') };
  await git(top, ['read-tree', commit], { env });
  await git(top, ['checkout-index', '-z', '--stdin', `--prefix=${join(folder, 'tree')}/`], {
    env,
    input: wanted.join('\0'),
  });
  const project = await loadProject(join(folder, 'tree', place));
  const kept = undo.move();
  return { commit, project, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function commitOf(root: string, ref: string): Promise<string> {
  try {
    const { stdout } = await git(root, ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`]);
    return stdout;
  } catch (cause) {
    throw new DrydockError('BASELINE_UNKNOWN', `git knows no commit "${ref}" in ${root}.`, {
      hint: 'Name a commit, branch or tag that is fetched; actions/checkout fetches one commit unless fetch-depth is 0.',
      cause,
    });
  }
}

async function git(
  cwd: string,
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
) {
  const { execa } = await import('execa'); // a hundred files, which most runs do without
  return execa('git', args, { cwd, stripFinalNewline: true, ...options });
}
