import { relative } from 'node:path';
import { execa } from 'execa';

/** Where a project's files come from, in git. */
export interface Source {
  /** The project's folder. */
  readonly root: string;
  /** Folders that Drydock itself writes: what changes in them is no change of the project. */
  readonly written: readonly string[];
}

/** The commit that is checked out, with `-dirty` when its files are not those that are there; null outside git. */
export async function commitOf(source: Source): Promise<string | null> {
  const head = await git(source.root, ['rev-parse', '--verify', 'HEAD']);
  if (head.failed) return null;
  const changed = await changedSince(source, 'HEAD');
  return changed === null || changed.length > 0 ? `${head.stdout.trim()}-dirty` : head.stdout.trim();
}

/** The tracked files that are not as they were at a commit; null when git does not know it. */
export async function changedSince({ root, written }: Source, commit: string): Promise<string[] | null> {
  const top = await git(root, ['rev-parse', '--show-toplevel']);
  if (top.failed) return null;
  const folder = top.stdout.trim();
  const others = written
    .map((path) => relative(folder, path))
    .filter((path) => path !== '' && !path.startsWith('..'))
    .map((path) => `:(top,exclude,literal)${path}`);
  const diff = await git(folder, ['diff', '--name-only', '-z', '--end-of-options', commit, '--', ':(top)', ...others]);
  return diff.failed ? null : diff.stdout.split('\0').filter(Boolean);
}

function git(cwd: string, args: string[]) {
  return execa('git', args, { cwd, reject: false, env: { LC_ALL: 'C' } });
}
