import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../../../ops/errors.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';

const patienceMs = 60_000;
const lookEveryMs = 20;
const loginTimeoutMs = 2_000;

/**
 * Waits until a new server in a container answers a query, twice in a row over logins of their own: while it initialises,
 * an image starts and ends a server before the one that stays.
 * @param isOver asked between two looks; a reason why it will never answer
 * @throws PROVIDER_CONTAINER_FAILED, or the reason of the signal
 */
export async function untilItAnswers(
  targetNow: () => Promise<Target | undefined>,
  { signal, lastLines }: { signal: AbortSignal | undefined; lastLines: () => Promise<string> },
): Promise<Target> {
  const giveUpAt = performance.now() + patienceMs;
  for (let inARow = 0; ;) {
    signal?.throwIfAborted();
    const target = await targetNow();
    if (!target) throw failed('ended while it was starting', await lastLines());
    inARow = (await answers(target)) ? inARow + 1 : 0;
    if (inARow === 2) return target;
    if (performance.now() > giveUpAt) throw failed(`did not answer in ${patienceMs / 1000} s`, await lastLines());
    if (inARow === 0) await sleep(lookEveryMs);
  }
}

/** A refused password is an answer too, but never one to be waited for. */
async function answers(target: Target): Promise<boolean> {
  try {
    await using session = await Session.open(target, {
      applicationName: 'drydock provider',
      timeoutMs: loginTimeoutMs,
    });
    await session.query('select 1');
    return true;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'CONNECT_FAILED') return false;
    throw error;
  }
}

function failed(what: string, lastLines: string): DrydockError {
  return new DrydockError('PROVIDER_CONTAINER_FAILED', `The server in the container ${what}. It said:\n${lastLines}`, {
    hint: 'Correct what it complains of: an image that is no Postgres, a setting, too little memory.',
  });
}
