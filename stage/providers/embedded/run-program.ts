import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { DrydockError } from '../../../ops/errors.ts';
import type { Account } from '../account.ts';

/** All that Postgres and its tools get to see of the environment: what the caller has set must not change a cluster. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly as: Pick<Account, 'credentials'>;
  /** A folder that the account may enter. */
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end. When aborted it still waits for that end, so that nobody cleans up under a live program.
 * @throws DrydockError PROVIDER_PROGRAM_FAILED with what the program said
 */
export async function runProgram({ program, args, as, cwd, signal }: ProgramRun): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    ...as.credentials,
    cwd,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', kill);
  try {
    const [said, [code, killedBy]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    signal?.throwIfAborted();
    if (code !== 0) throw programFailed(program, `ended with ${killedBy ?? `exit code ${code}`}: ${said.trim()}`);
  } catch (error) {
    if (error instanceof DrydockError || signal?.aborted) throw error;
    throw programFailed(program, 'could not be started.', error);
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

function programFailed(program: string, what: string, cause?: unknown): DrydockError {
  return new DrydockError('PROVIDER_PROGRAM_FAILED', `${program} ${what}`, {
    hint: 'Run `drydock doctor`: it names what this machine lacks.',
    cause,
  });
}
