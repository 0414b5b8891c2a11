import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import { openDestination } from '../inventory/index.ts';
import type { Checkpoint } from './proof/index.ts';

export type Publisher = (checkpoint: Checkpoint, sha256: string) => Promise<void>;

/**
 * Where checkpoints go besides the folder of the seals: somewhere that whoever may change the seals may not write.
 * @param place `git` commits the folder; `s3://BUCKET/PREFIX` or a folder gets each checkpoint, and its anchor, as a file
 */
export async function publisherOf(
  place: string | undefined,
  { seals, cwd, endpoint }: { seals: string; cwd: string; endpoint: string | undefined },
): Promise<Publisher | undefined> {
  if (place === undefined) return undefined;
  if (place === 'git') return commitTo(seals);
  const destination = await openDestination(place, { cwd, endpoint });
  return async (checkpoint, sha256) => {
    const { number } = checkpoint;
    const content = Buffer.from(`${JSON.stringify({ number, sha256, checkpoint })}\n`);
    await destination.create(`checkpoint-${String(number).padStart(10, '0')}.json`, content, 'application/json');
  };
}

/** The commit names the checkpoint, so that the log of the repository is a list of anchors. */
function commitTo(folder: string): Publisher {
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', folder, ...args]);
  return async ({ number, records }, sha256) => {
    try {
      await git('add', '--', '*.checkpoints.jsonl', '*.leaves');
      await git('commit', '--quiet', '-m', `Checkpoint ${number}: ${records} records, sha256 ${sha256}`);
    } catch (error) {
      throw new DrydockError(
        'RECORDS_PUBLISH',
        `Checkpoint ${number} could not be committed in ${folder}: ${messageOf(error)}.`,
        {
          hint: 'Make the folder of the seals a git repository with a user.name and user.email. The checkpoint itself is written.',
          cause: error,
        },
      );
    }
  };
}
