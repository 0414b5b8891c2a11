import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../../ops/errors.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import type { EndedLease } from '../end.ts';
import type { Lease } from '../lease.ts';
import type { Attempted } from './battery.ts';

const applicationName = 'drydock probe attack';
const clients = 4;

/** Longer than any end takes; only a login that is not cut off lasts as long. */
const lingerSeconds = 3;

/** Tries every other database of the server. */
export async function tryOtherDatabases(lease: Lease, databases: readonly string[]): Promise<Attempted[]> {
  return Promise.all(
    databases.map(async (database): Promise<Attempted> => {
      const refusal = await login({ ...lease.target, database });
      const what = { name: 'login/other-database', tries: `enter another database (${database})` };
      return refusal ? { ...what, verdict: 'refused', answer: refusal } : { ...what, ...succeeded };
    }),
  );
}

const succeeded = { verdict: 'finding', answer: 'it succeeded' } as const;

/** Opens sessions until the server says no. */
export async function hoardConnections(lease: Lease, limit: number): Promise<Attempted> {
  await using hoard = new AsyncDisposableStack();
  const what = { name: 'login/hoard-connections', tries: `hold more than ${limit} connections` };
  const opened = await Promise.allSettled(
    Array.from({ length: limit + 1 }, async () => hoard.use(await Session.open(lease.target, { applicationName }))),
  );
  const refused = opened.find(({ status }) => status === 'rejected');
  if (refused?.status !== 'rejected') return { ...what, ...succeeded };
  return { ...what, verdict: 'refused', answer: reasonOf(refused.reason) };
}

/**
 * Ends a lease under attack: sessions opened just before, one whose login lingers where no list of sessions shows it, its
 * role held in an open transaction with a changed password, and clients that reconnect as fast as they can; then looks
 * whether anything of it got through.
 * @param end ends the lease
 */
export async function attackTheEnd(
  lease: Lease,
  end: () => Promise<EndedLease>,
): Promise<{ attempted: Attempted[]; ended: EndedLease }> {
  await using attackers = new AsyncDisposableStack();
  const password = 'drydock escape';
  const lingering = linger(lease.target);
  const holder = attackers.use(await Session.open(lease.target, { applicationName }));
  const late = attackers.use(await Session.open(lease.target, { applicationName }));
  await holder.script(
    `alter role current_user password '${password}'; begin; alter role current_user set work_mem = '1MB'`,
  );
  const reconnecting = new ReconnectingClients({ ...lease.target, password }, clients);
  const ended = await end();
  const outlived = [await isAlive(holder), await isAlive(late), ...(await reconnecting.stop())].filter(Boolean).length;
  const refusals = [await login({ ...lease.target, password }), await login(lease.target)];
  const cutOff = await lingering;
  return {
    ended,
    attempted: [
      {
        name: 'end/outlive-it',
        tries: 'outlive its end: sessions opened just before, its own role held, clients that reconnect',
        ...(outlived === 0
          ? { verdict: 'refused' as const, answer: `${ended.sessionsEnded} sessions ended, none left` }
          : { verdict: 'finding' as const, answer: `${outlived} sessions outlived it` }),
      },
      {
        name: 'end/log-in-again',
        tries: 'log in after its end, with the password that it gave itself',
        ...(refusals.every(Boolean) ? { verdict: 'refused' as const, answer: refusals[0]! } : succeeded),
      },
      {
        name: 'end/linger-in-the-login',
        tries: 'begin its login before the end and complete it after',
        ...(cutOff ? { verdict: 'refused' as const, answer: cutOff } : succeeded),
      },
    ],
  };
}

/** Log in, run something, lose the connection, log in again. */
class ReconnectingClients {
  readonly #running: Promise<boolean>[];
  #isOver = false;

  constructor(target: Target, count: number) {
    this.#running = Array.from({ length: count }, () => this.#reconnect(target));
  }

  /** @returns for each client, whether it still had a session after the end */
  async stop(): Promise<boolean[]> {
    this.#isOver = true;
    return Promise.all(this.#running);
  }

  async #reconnect(target: Target): Promise<boolean> {
    while (!this.#isOver) {
      try {
        await using session = await Session.open(target, { applicationName });
        while (!this.#isOver) {
          await session.query('select pg_catalog.pg_sleep(0.01)');
          await sleep(1);
        }
        return await isAlive(session);
      } catch {
        await sleep(2); // refused or cut off, which is what the attack is about; it only tries again
      }
    }
    return false;
  }
}

async function isAlive(session: Session): Promise<boolean> {
  return session.query('select 1').then(
    () => true,
    () => false,
  );
}

/** @returns why the login was refused, or undefined when it was not */
async function login(target: Target): Promise<string | undefined> {
  try {
    await using _session = await Session.open(target, { applicationName });
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'CONNECT_REFUSED') throw error;
    return reasonOf(error);
  }
}

/** A login whose last part, after everything was looked at, takes its time. @returns why it came to nothing */
async function linger(target: Target): Promise<string | undefined> {
  try {
    await using session = await Session.open(target, {
      applicationName,
      startup: `-c post_auth_delay=${lingerSeconds}`,
    });
    await session.query('select 1');
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? `${cause.message} (${codeOf(cause) ?? 'no code'})` : String(cause);
}
