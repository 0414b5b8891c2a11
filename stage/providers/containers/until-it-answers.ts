import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';

const patienceMs = 60_000;
const lookEveryMs = 20;
const loginTimeoutMs = 2_000;
/** Not reached, and ended just then (57P01). */
const notYet = new Set(['CONNECT_FAILED', '57P01']);

/**
 * Waits until a new server in a container answers a query, twice in a row over logins of their own: while it initialises,
 * an image starts and ends a server before the one that stays.
 * @param targetNow asked between two looks; undefined once the container has ended
 * @returns the session that was answered the second time
 * @throws PROVIDER_CONTAINER_FAILED, or the reason of the signal
 */
export async function untilItAnswers(
  targetNow: () => Promise<Target | undefined>,
  { signal, lastLines }: { signal: AbortSignal | undefined; lastLines: () => Promise<string> },
): Promise<Session> {
  const giveUpAt = performance.now() + patienceMs;
  for (let hasAnswered = false; ;) {
    signal?.throwIfAborted();
    const target = await targetNow();
    if (!target) throw failed('ended while it was starting', await lastLines());
    const session = await answering(target);
    if (session && hasAnswered) return session;
    await session?.close();
    hasAnswered = session !== undefined;
    if (performance.now() > giveUpAt) throw unreached(target, await lastLines());
    if (!hasAnswered) await sleep(lookEveryMs);
  }
}

/** A refused password is an answer too, but never one to be waited for. */
async function answering(target: Target): Promise<Session | undefined> {
  try {
    const session = await Session.open(target, { applicationName: 'drydock provider', timeoutMs: loginTimeoutMs });
    await using opening = new AsyncDisposableStack();
    opening.use(session);
    await session.query('select 1');
    opening.move();
    return session;
  } catch (error) {
    if (notYet.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function unreached({ host, port }: Target, lastLines: string): DrydockError {
  const hint = `If it is up, ${host}:${port} does not lead to it from here: name the engine in DOCKER_HOST by tcp:// or ssh://.`;
  return failed(`did not answer at ${host}:${port} in ${patienceMs / 1000} s`, lastLines, hint);
}

function failed(
  what: string,
  lastLines: string,
  hint = 'Correct what it complains of: an image that is no Postgres, a setting, too little memory.',
): DrydockError {
  return new DrydockError('PROVIDER_CONTAINER_FAILED', `The server in the container ${what}. It said:\n${lastLines}`, {
    hint,
  });
}
