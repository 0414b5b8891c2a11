import { execFile } from 'node:child_process';
import { relative } from 'node:path';
import { promisify } from 'node:util';

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
  if (head === null) return null;
  const changed = await changedSince(source, 'HEAD');
  return changed === null || changed.length > 0 ? `${head.trim()}-dirty` : head.trim();
}

/** The tracked files that are not as they were at a commit; null when git does not know it. */
export async function changedSince({ root, written }: Source, commit: string): Promise<string[] | null> {
  const top = await git(root, ['rev-parse', '--show-toplevel']);
  if (top === null) return null;
  const folder = top.trim();
  const others = written
    .map((path) => relative(folder, path))
    .filter((path) => path !== '' && !path.startsWith('..'))
    .map((path) => `:(top,exclude,literal)${path}`);
  const diff = await git(folder, ['diff', '--name-only', '-z', '--end-of-options', commit, '--', ':(top)', ...others]);
  return diff?.split('\0').filter(Boolean) ?? null;
}

const longestAnswer = 100_000_000;

/** What git answers, null when it cannot. Node's own way: every run comes by here, and loading execa takes 50 ms. */
async function git(cwd: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd, maxBuffer: longestAnswer });
    return stdout;
  } catch {
    return null;
  }
}
