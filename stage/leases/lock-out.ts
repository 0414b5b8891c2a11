import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../ops/errors.ts';
import { identifier, serverMessage, type Session } from '../../ops/postgres/index.ts';
import type { LeaseInForce } from './lease.ts';
import { leaseQuery } from './queries.ts';

const patienceMs = 5000;
const lookEveryMs = 3;

/** Two changes of the same role at the same time: the second is told so and has to try again. */
const updatedConcurrently = 'XX000';

/** What came of locking a lease out. */
export interface LockedOut {
  readonly sessionsEnded: number;
  /** Why it still can log in, or still has sessions. */
  readonly problem: string | null;
}

/**
 * Takes the login from leases and ends their sessions, in this order: the other way round a client that reconnects
 * would survive. Each step is committed before the next, and what fails for one lease does not spare another.
 * @param watcher a second connection: a session that changes its own role in an open transaction holds that role's row,
 *   and has to be ended while NOLOGIN waits for it
 */
export async function lockOut(
  session: Session,
  watcher: Session,
  leases: readonly LeaseInForce[],
): Promise<Map<string, LockedOut>> {
  const ended = new SessionCount();
  const refusals = new Map<number, string>();
  for (const lease of leases) {
    await takeLogin(session, watcher, lease, ended).catch((error: unknown) => {
      refusals.set(lease.oid, serverMessage(error));
    });
  }
  const left = await endSessions(watcher, leases, ended);
  const locked = leases.map(({ role, oid }): [string, LockedOut] => {
    const problem = refusals.get(oid) ?? (left.includes(oid) ? 'a session of it does not end' : null);
    return [role, { sessionsEnded: ended.of(oid), problem }];
  });
  return new Map(locked);
}

/** @returns the role ids that still have sessions when patience is over */
async function endSessions(
  watcher: Session,
  leases: readonly LeaseInForce[],
  ended: SessionCount,
): Promise<readonly number[]> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const left = await ended.terminate(watcher, leases);
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    await sleep(lookEveryMs);
  }
}

async function takeLogin(session: Session, watcher: Session, lease: LeaseInForce, ended: SessionCount): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const done = new AbortController();
    const altering = alterRole(session, lease).finally(() => done.abort());
    const [outcome, guard] = await Promise.allSettled([
      altering,
      endWhoeverHoldsIt(watcher, lease, ended, done.signal),
    ]);
    if (guard.status === 'rejected') throw guard.reason;
    if (outcome.status === 'fulfilled') return;
    const mayRetry = codeOf(outcome.reason) === updatedConcurrently && performance.now() < giveUpAt;
    if (!mayRetry) throw outcome.reason;
  }
}

/** Somebody may have dropped the role by hand; its sessions live on and are ended all the same. */
async function alterRole(session: Session, { roleNow }: LeaseInForce): Promise<void> {
  if (roleNow === null) return;
  await session.query(`alter role ${identifier(roleNow)} nologin connection limit 0 password null`);
}

async function endWhoeverHoldsIt(
  watcher: Session,
  lease: LeaseInForce,
  ended: SessionCount,
  done: AbortSignal,
): Promise<void> {
  await sleep(lookEveryMs); // mostly nobody does, and the role is altered by now
  while (!done.aborted) {
    await ended.terminate(watcher, [lease]);
    await sleep(lookEveryMs);
  }
}

/** Ends sessions by role id, and counts each once. */
class SessionCount {
  readonly #seen = new Map<number, number>();

  /** Signals all of them at once, and waits for none. @returns the role ids of those it found */
  async terminate(watcher: Session, leases: readonly LeaseInForce[]): Promise<number[]> {
    // the watcher is in a transaction, which would show it the same list again and again
    await watcher.query('select pg_catalog.pg_stat_clear_snapshot()');
    const sessions = await leaseQuery<{ oid: number; pid: number }>(watcher, 'end_sessions', [
      leases.map(({ oid }) => oid),
    ]);
    for (const { oid, pid } of sessions) this.#seen.set(pid, oid);
    return sessions.map(({ oid }) => oid);
  }

  of(oid: number): number {
    return [...this.#seen.values()].filter((seen) => seen === oid).length;
  }
}
