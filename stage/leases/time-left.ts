import type { Session } from '../../ops/postgres/index.ts';
import { failSafeMs } from './mint.ts';

/**
 * How long the role that is logged in may still log in, as the catalog tells everybody.
 * @returns milliseconds, or undefined for a role that does not expire
 */
export async function leaseTimeLeft(session: Session): Promise<number | undefined> {
  const { left } = await session.row<{ left: number | null }>(
    `select extract(epoch from rolvaliduntil) * 1000 - extract(epoch from pg_catalog.clock_timestamp()) * 1000 as left
     from pg_catalog.pg_roles where rolname = session_user`,
  );
  return left === null || !Number.isFinite(left) ? undefined : left - failSafeMs;
}
