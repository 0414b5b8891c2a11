import { codeOf, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { endLeases, type EndedLease, type StuckLease } from './end.ts';
import { listLeases, noteLease, type LeaseInForce } from './lease.ts';
import { orWhoHoldsTheBooks, waitBriefly } from './patience.ts';
import { leaseQuery } from './queries.ts';

/** A session that was ended because it ran over a budget of its lease, or over the lease itself. */
export interface PolicedSession {
  readonly role: string;
  readonly pid: number;
  readonly budget: 'statement' | 'transaction' | 'idle in transaction' | 'lease';
  /** How long it had lasted; of a lease, how long it was over. */
  readonly seconds: number;
}

/** What one look after the leases came to. */
export interface Keeping {
  readonly inForce: number;
  readonly ended: readonly EndedLease[];
  /** Locked out, but not gone: needs a person. */
  readonly stuck: readonly StuckLease[];
  readonly policed: readonly PolicedSession[];
  /** Leases whose holders were told that the end is near. */
  readonly warned: readonly string[];
  /** When the next lease expires: look again no later than then. */
  readonly nextExpiry: Date | null;
}

/** Holders are warned this long before the end. */
export const warnBeforeMs = 10 * 60_000;

/**
 * Looks after the leases once: ends those that are over or half ended, polices the sessions of the others, warns their
 * holders. Idempotent, and safe beside any other reaper. A keeper calls it every second or so, and at `nextExpiry`.
 * Whoever holds a lock, no lease keeps a session for longer than its password works: that needs no books.
 * @param session the administrator's, on the database that keeps the leases
 * @param now by the clock of its server, see `serverTime`
 * @param options.by who looks after them, for the record
 * @param options.logFile the server's log as JSON lines, where it can be read: what a lease did is reported from it
 * @throws LEASE_BOOKS_HELD when somebody has locked what it has to read or write
 */
export async function keepLeases(
  session: Session,
  now: Date,
  options: { by?: string; logFile?: string | undefined } = {},
): Promise<Keeping> {
  await using _ = await waitBriefly(session);
  const overdue = await leaseQuery<PolicedSession>(session, 'end_overdue', [now.toISOString()]);
  try {
    return await lookAfter(session, now, overdue, options);
  } catch (error) {
    throw await orWhoHoldsTheBooks(session, error);
  }
}

async function lookAfter(
  session: Session,
  now: Date,
  overdue: readonly PolicedSession[],
  { by = 'keeper', logFile }: { by?: string; logFile?: string | undefined },
): Promise<Keeping> {
  const leases = await listLeases(session);
  const over = leases.filter(({ endingSince, expiresAt }) => endingSince !== null || expiresAt <= now);
  const inForce = leases.filter((lease) => !over.includes(lease));
  await notePoliced(session, leases, overdue, by);
  const { ended, stuck } = await endOver(session, over, { by, logFile });
  const overBudget = inForce.some(({ sessions }) => sessions > 0)
    ? await leaseQuery<PolicedSession>(session, 'over_budget')
    : [];
  await notePoliced(session, inForce, overBudget, by);
  const warned = await warn(session, inForce, now, by);
  const nextExpiry = inForce[0]?.expiresAt ?? null;
  const policed = [...overdue, ...overBudget].map(({ role, pid, budget, seconds }) => ({ role, pid, budget, seconds }));
  return { inForce: inForce.length, ended, stuck, policed, warned, nextExpiry };
}

async function endOver(
  session: Session,
  over: readonly LeaseInForce[],
  order: { by: string; logFile: string | undefined },
): Promise<Pick<Keeping, 'ended' | 'stuck'>> {
  if (over.length === 0) return { ended: [], stuck: [] };
  const roles = over.map(({ role }) => role);
  return endLeases(session, roles, { ...order, reason: 'expired' });
}

async function notePoliced(
  session: Session,
  leases: readonly LeaseInForce[],
  policed: readonly PolicedSession[],
  by: string,
): Promise<void> {
  for (const { role, pid, budget, seconds } of policed) {
    const lease = leases.find((known) => known.role === role);
    if (lease) await noteLease(session, lease, 'policed', by, { pid, budget, seconds });
  }
}

/** Clients that LISTEN drydock_lease in the lease's database hear it; everybody else sees it in `drydock leases`. */
async function warn(session: Session, leases: readonly LeaseInForce[], now: Date, by: string): Promise<string[]> {
  const near = leases.filter((lease) => !lease.warnedAt && lease.expiresAt.getTime() - now.getTime() <= warnBeforeMs);
  for (const lease of near) {
    const unheard = await tellHolder(session, lease);
    await session.query('update drydock.lease set warned_at = $2 where role_name = $1', [
      lease.role,
      now.toISOString(),
    ]);
    await noteLease(session, lease, 'warned', by, unheard);
  }
  return near.map(({ role }) => role);
}

/** @returns why nobody can have heard it: a database that is gone, or a queue that was filled, keeps no other lease waiting */
async function tellHolder(
  session: Session,
  { role, database, expiresAt }: LeaseInForce,
): Promise<{ unheard?: string }> {
  try {
    await using inside = await session.beside('drydock keeper', database);
    await inside.query("select pg_catalog.pg_notify('drydock_lease', $1)", [
      JSON.stringify({ lease: role, expiresAt: expiresAt.toISOString() }),
    ]);
    return {};
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return { unheard: messageOf(error) };
  }
}
