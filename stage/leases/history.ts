import type { Session } from '../../ops/postgres/index.ts';
import { leaseQuery } from './queries.ts';

/** A lease that has ended, by the log. */
export interface LeaseHistory {
  readonly role: string;
  readonly profile: string;
  readonly lentTo: string | null;
  readonly mintedBy: string | null;
  readonly mintedAt: string | null;
  readonly endedAt: string;
  readonly endedBy: string;
  readonly reason: string;
  readonly sessionsEnded: number;
}

/** The leases that ended last, the latest first. */
export async function endedLeases(session: Session, limit: number): Promise<LeaseHistory[]> {
  return leaseQuery<LeaseHistory>(session, 'history', [limit]);
}
