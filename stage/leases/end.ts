import { DrydockError } from '../../ops/errors.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { listLeases, noteLease, type LeaseInForce } from './lease.ts';
import { lockOut, type LockedOut } from './lock-out.ts';
import { waitBriefly } from './patience.ts';
import { leaseQuery } from './queries.ts';
import { lockReaper } from './reaper-lock.ts';
import { removeHoldings, saidInFull, type Removal } from './remove.ts';
import { usageOf, type LeaseUsage } from './usage.ts';

/** Whose end it is, and why. */
export interface EndOrder {
  readonly by: string;
  /** `expired`, `revoked`, `the run is over` … */
  readonly reason: string;
  /** The role that gets what the lease owns; without one it is dropped. */
  readonly heir?: string | undefined;
  /** The server's log as JSON lines, where it can be read from here. */
  readonly logFile?: string | undefined;
}

/** What ending a lease came to, as counted afterwards. */
export interface EndedLease {
  readonly role: string;
  readonly profile: string;
  readonly lentTo: string;
  readonly reason: string;
  readonly expiresAt: Date;
  readonly sessionsEnded: number;
  readonly removals: readonly Removal[];
  /** Dependencies, memberships, settings and sessions that name the role after it is gone: 0. */
  readonly traces: number;
  readonly usage: LeaseUsage;
}

/** A lease that is locked out, but whose role could not be removed. */
export interface StuckLease {
  readonly role: string;
  readonly problem: string;
}

/**
 * Ends leases: no login, no session, no right, no object, no role, no trace; then writes down that it is so.
 * Every step is committed before the next and finds out for itself what is left to do, so that an end which was
 * killed anywhere is finished by the next. A role that cannot be removed stays locked out, with the reason beside it.
 * @param session the administrator's, on the database that keeps the leases
 * @param roles which of the leases in force; one that somebody else has ended meanwhile is left out of the answer
 */
export async function endLeases(
  session: Session,
  roles: readonly string[],
  order: EndOrder,
): Promise<{ ended: EndedLease[]; stuck: StuckLease[] }> {
  await using _ = await waitBriefly(session);
  await using watcher = await lockReaper(session);
  await noteEnding(session, roles, order);
  const leases = (await listLeases(session)).filter(({ role }) => roles.includes(role));
  const locked = await lockOut(session, watcher, leases);
  const ended: EndedLease[] = [];
  const stuck: StuckLease[] = [];
  for (const lease of leases) {
    const result = await endLocked(session, lease, order, locked.get(lease.role)!);
    if ('problem' in result) stuck.push(result);
    else ended.push(result);
  }
  return { ended, stuck };
}

/**
 * Ends one lease.
 * @throws LEASE_UNKNOWN, or LEASE_NOT_ENDED with the role locked out when something of it cannot be removed
 */
export async function endLease(session: Session, role: string, order: EndOrder): Promise<EndedLease> {
  const { ended, stuck } = await endLeases(session, [role], order);
  if (ended[0]) return ended[0];
  if (stuck[0]) throw notEnded(stuck[0]);
  throw unknownLease(role);
}

export function unknownLease(role: string): DrydockError {
  return new DrydockError('LEASE_UNKNOWN', `There is no lease ${role} in force.`, {
    hint: 'See "drydock leases" for those that are.',
  });
}

const endByHand = 'Remove what is named and run "drydock reap"; the lease cannot log in meanwhile.';

export function notEnded({ role, problem }: StuckLease): DrydockError {
  return new DrydockError('LEASE_NOT_ENDED', `The lease ${role} is locked out but not gone: ${problem}.`, {
    hint: endByHand,
  });
}

/** Said first, so that whoever finds it half done knows that it is to be ended, and why. */
async function noteEnding(session: Session, roles: readonly string[], order: EndOrder): Promise<void> {
  await session.query(
    `update drydock.lease set ending_since = pg_catalog.clock_timestamp(), end_reason = $2, ended_by = $3
     where role_name = any ($1) and ending_since is null`,
    [roles, order.reason, order.by],
  );
}

/** What goes wrong with one lease is written down beside it, and does not keep the others from ending. */
async function endLocked(
  session: Session,
  lease: LeaseInForce,
  order: EndOrder,
  { sessionsEnded, problem }: LockedOut,
): Promise<EndedLease | StuckLease> {
  if (problem !== null) return noteStuck(session, lease, order, problem);
  try {
    const removals = await removeHoldings(session, lease, order.heir);
    const remains = removals.flatMap(({ left }) => left);
    if (remains.length > 0) return await noteStuck(session, lease, order, remains.join('; '));
    return await forget(session, lease, order, { sessionsEnded, removals });
  } catch (error) {
    return noteStuck(session, lease, order, saidInFull(error));
  }
}

/** The role, its line in the books and the line in the log go together: in one transaction, or not at all. */
async function forget(
  session: Session,
  lease: LeaseInForce,
  order: EndOrder,
  found: Pick<EndedLease, 'sessionsEnded' | 'removals'>,
): Promise<EndedLease> {
  const { role, roleNow, profile, lentTo, expiresAt, oid } = lease;
  const reason = lease.reason ?? order.reason;
  const by = lease.endedBy ?? order.by;
  const usage = await usageOf(session, lease, order.logFile);
  await session.transaction(async () => {
    // once the role is gone, nothing tells whose a login is that was under way
    await leaseQuery(session, 'end_sessions', [[oid]]);
    if (roleNow !== null) await session.query(`drop role ${identifier(roleNow)}`);
    await session.query('delete from drydock.lease where role_name = $1', [role]);
    await refuseTraces(session, lease);
    await noteLease(session, lease, 'used', by, usage);
    await noteLease(session, lease, 'ended', by, { reason, oid, ...found, traces: 0 });
  });
  return { role, profile, lentTo, expiresAt, reason, ...found, traces: 0, usage };
}

/** The end is only written down when it is one. */
async function refuseTraces(session: Session, { role, oid }: LeaseInForce): Promise<void> {
  const [counts = {}] = await leaseQuery<Record<string, number>>(session, 'traces', [oid]);
  const left = Object.entries(counts).filter(([, count]) => count > 0);
  if (left.length === 0) return;
  const list = left.map(([what, count]) => `${count} ${what}`).join(', ');
  throw new DrydockError('LEASE_NOT_ENDED', `The server still knows of ${role}: ${list}.`, { hint: endByHand });
}

/** Written once per problem, not once per attempt. */
async function noteStuck(session: Session, lease: LeaseInForce, order: EndOrder, problem: string): Promise<StuckLease> {
  if (lease.problem !== problem) {
    await session.query('update drydock.lease set problem = $2 where role_name = $1', [lease.role, problem]);
    await noteLease(session, lease, 'stuck', order.by, { problem });
  }
  return { role: lease.role, problem };
}
