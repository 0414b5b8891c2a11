import { messageOf } from '../../ops/errors.ts';
import { Session, type Limits } from '../../ops/postgres/index.ts';
import { adminTarget } from '../providers/index.ts';
import { keepItsClones } from './clones.ts';
import type { KeepOrder } from './keep.ts';
import { keepItsLeases } from './leases.ts';
import type { KeptInstance } from './register.ts';

/** Done on a tick; says when it wants to be done again, where it knows. */
type Duty = (session: Session, kept: KeptInstance, order: KeepOrder) => Promise<Date | null>;

/** What a keeper does on every tick, in this order, with the administrator's session on the database `postgres`. */
const duties: readonly Duty[] = [
  keepItsClones, // drops those whose time is over, mends what a killed command left
  keepItsLeases, // ends those that are over, polices the sessions of the others
];

/** Whatever is locked, and whoever does not answer, a duty takes no longer than this: the next one, or the end, is due. */
const dutyMs = 15_000;
const waits = { lockMs: 2000, statementMs: 8000 };

/** What a tick came to. */
export interface Tick {
  readonly reached: boolean;
  /** What could not be done; it is tried again on the next tick. */
  readonly problem: string | null;
  /** When a duty wants to be done again. */
  readonly next: Date | null;
}

/**
 * Does every duty once. What goes wrong with one keeps no other from being done.
 * @param leftMs when the instance's own time is over: then, and when it is to be taken down, the tick is broken off
 */
export async function tick(order: KeepOrder, kept: KeptInstance, leftMs: number): Promise<Tick> {
  const { signal } = order;
  const expiry = AbortSignal.timeout(Math.max(0, Math.ceil(Math.min(leftMs, duties.length * dutyMs))));
  let reached = false;
  let next: Date | null = null;
  const problems: string[] = [];
  for (const duty of duties) {
    const until = AbortSignal.any([signal, expiry, AbortSignal.timeout(dutyMs)]);
    try {
      await using session = await logIn(kept, { ...waits, until });
      reached = true;
      next = soonest(next, await duty(session, kept, order));
    } catch (error) {
      problems.push(until.aborted ? `It took longer than ${dutyMs / 1000} s and was broken off.` : messageOf(error));
    }
  }
  return { reached, problem: problems.join(' ') || null, next };
}

/** A fresh login each time: a server whose files are gone still serves the sessions it has, and no new one. */
async function logIn({ address }: KeptInstance, limits: Limits): Promise<Session> {
  return Session.open(adminTarget(address, 'postgres'), { applicationName: 'drydock keeper', limits });
}

function soonest(one: Date | null, other: Date | null): Date | null {
  if (!one || !other) return one ?? other;
  return one < other ? one : other;
}
