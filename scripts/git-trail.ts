import { execa } from 'execa';
import type { DayFiles } from '../audit-log/trail/index.ts';
import { DrydockError } from '../ops/errors.ts';

/**
 * The day files of a trail as a commit has them; none when it has no trail yet.
 * @throws TRAIL_NO_COMMIT
 */
export async function dayFilesAt(commit: string, directory: string): Promise<DayFiles> {
  const git = async (...args: string[]) => {
    const { stdout } = await execa('git', args, { cwd: directory, encoding: 'buffer', stripFinalNewline: false });
    return Buffer.from(stdout);
  };
  const names = await git('ls-tree', '--name-only', '-z', '--end-of-options', `${commit}^{commit}`, '.').catch(
    (cause: unknown) => {
      throw new DrydockError('TRAIL_NO_COMMIT', `Git knows no trail of ${commit} at ${directory}.`, {
        hint: 'Work in the checkout of the project, fetch first, and name a branch or commit that is there.',
        cause,
      });
    },
  );
  const files = names
    .toString()
    .split('\0')
    .filter((name) => name.endsWith('.md'));
  const contents = files.map(
    async (file) => [file, await git('show', '--end-of-options', `${commit}:./${file}`)] as const,
  );
  return new Map(await Promise.all(contents));
}
