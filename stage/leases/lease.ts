import type { Session, Target } from '../../ops/postgres/index.ts';
import { leaseQuery } from './queries.ts';

/** A login that ends: a role of its own, member of a profile and of one database's connect role. */
export interface Lease {
  readonly role: string;
  readonly profile: string;
  readonly database: string;
  readonly lentTo: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The latest end that it can be extended to. */
  readonly latestExpiry: Date;
  /** Where and how to log in. Holds the password: never print or store it. */
  readonly target: Target;
}

/** A lease as the bookkeeping knows it: in force, or with an end that is not finished. */
export interface LeaseInForce {
  readonly role: string;
  readonly oid: number;
  /** What the role is called now; null when somebody dropped it by hand. */
  readonly roleNow: string | null;
  readonly profile: string;
  readonly database: string;
  readonly lentTo: string;
  readonly mintedBy: string;
  readonly mintedAt: Date;
  readonly expiresAt: Date;
  readonly latestExpiry: Date;
  readonly warnedAt: Date | null;
  readonly endingSince: Date | null;
  readonly endedBy: string | null;
  /** Why it ends, once it does: `expired`, `revoked` … */
  readonly reason: string | null;
  /** Why its end could not be finished; its role is locked out meanwhile. */
  readonly problem: string | null;
  readonly sessions: number;
  readonly lastActivity: Date | null;
}

const moments = ['mintedAt', 'expiresAt', 'latestExpiry', 'warnedAt', 'endingSince', 'lastActivity'] as const;

/** The leases in force and those whose end is not finished, the next to expire first. */
export async function listLeases(session: Session): Promise<LeaseInForce[]> {
  const rows = await leaseQuery<Record<string, unknown>>(session, 'in_force');
  return rows.map((row) => {
    const dates = moments.map((key) => [key, row[key] === null ? null : new Date(Number(row[key]))]);
    return { ...row, ...Object.fromEntries(dates) } as LeaseInForce;
  });
}

export type LeaseEvent = 'minted' | 'extended' | 'warned' | 'policed' | 'stuck' | 'used' | 'ended';

/** Writes a line of a lease's life to audit.lease_event. */
export async function noteLease(
  session: Session,
  lease: Pick<Lease, 'role' | 'profile' | 'expiresAt'>,
  event: LeaseEvent,
  by: string,
  detail: object = {},
): Promise<void> {
  await session.query(
    'insert into audit.lease_event (lease, profile, event, expires_at, by, detail) values ($1, $2, $3, $4, $5, $6)',
    [lease.role, lease.profile, event, lease.expiresAt.toISOString(), by, JSON.stringify(detail)],
  );
}
