import { execa } from 'execa';
import type { Source } from '../audit-log/snapshots/index.ts';

const unknown = 'unknown';

/** Branch, commit and its time of a checkout; `unknown` where there is none. */
export async function sourceOf(cwd: string): Promise<Source> {
  const [branch, commit, time] = await Promise.all([
    git(cwd, 'branch', '--show-current'),
    git(cwd, 'rev-parse', 'HEAD'),
    git(cwd, 'show', '--no-patch', '--format=%cI', 'HEAD'),
  ]);
  return {
    branch: branch || (commit ? 'detached' : unknown),
    commit_sha: commit || unknown,
    commit_timestamp: time ? new Date(time).toISOString() : unknown,
  };
}

/** One line per commit that is in `after` and not in `before`, newest first; none where git does not know them. */
export async function commitsBetween(cwd: string, before: string, after: string): Promise<string[]> {
  const isCommit = /^[0-9a-f]{40}$/;
  if (!isCommit.test(before) || !isCommit.test(after)) return [];
  return (await git(cwd, 'log', '--format=%h %cI %s', `${before}..${after}`)).split('\n').filter(Boolean);
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout, failed } = await execa('git', args, { cwd, reject: false });
  return failed ? '' : stdout.trim();
}
