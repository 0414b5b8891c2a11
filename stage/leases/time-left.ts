import type { Session } from '../../ops/postgres/index.ts';
import { failSafeMs } from './mint.ts';

/**
 * How long the role that is logged in may still log in, as the catalog tells everybody.
 * @returns milliseconds, or undefined for a role that does not expire
 */
export async function leaseTimeLeft(session: Session, now: Date): Promise<number | undefined> {
  const { until } = await session.row<{ until: number | null }>(
    'select extract(epoch from rolvaliduntil) * 1000 as until from pg_catalog.pg_roles where rolname = session_user',
  );
  return until === null || !Number.isFinite(until) ? undefined : until - failSafeMs - now.getTime();
}
