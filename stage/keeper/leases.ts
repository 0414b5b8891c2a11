import { DrydockError } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { keepLeases, noteEnds, type TrailPlace } from '../leases/index.ts';
import type { KeptInstance } from './register.ts';
import { serverClock } from './server-clock.ts';

/**
 * Looks after the leases of an instance once, and writes those that ended to the trail.
 * @param session the administrator's, on any database of it
 * @returns when the next lease expires, as the keeper's clock will show it; null when none does
 * @throws LEASE_NOT_ENDED that names every lease which is locked out, but not gone
 */
export async function keepItsLeases(
  session: Session,
  { database, address }: KeptInstance,
  { place, now }: { place: TrailPlace; now(): Date },
): Promise<Date | null> {
  const { rows } = await session.query('select from pg_catalog.pg_database where datname = $1 and datallowconn', [
    database,
  ]);
  if (rows.length === 0) return null; // not made yet, or closed for as long as it is copied
  await using inside = await session.beside('drydock keeper', database);
  const { books } = await inside.row<{ books: boolean }>(
    "select pg_catalog.to_regclass('drydock.lease') is not null as books",
  );
  if (!books) return null;
  const clock = await serverClock(inside, now);
  const { ended, stuck, nextExpiry } = await keepLeases(inside, clock.now, { logFile: address.logFile });
  await noteEnds(place, now(), { ended, stuck: [] });
  if (stuck.length === 0) return nextExpiry && clock.ours(nextExpiry);
  const list = stuck.map(({ role, problem }) => `${role}: ${problem}`).join('; ');
  throw new DrydockError('LEASE_NOT_ENDED', `Leases are locked out but not gone: ${list}.`, {
    hint: 'Remove what is named and run "drydock reap"; these leases cannot log in meanwhile.',
  });
}
