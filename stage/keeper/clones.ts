import { DrydockError } from '../../ops/errors.ts';
import { noteEnds, type TrailPlace } from '../leases/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { tendClones } from '../clones/index.ts';
import type { KeptInstance } from './register.ts';
import { serverClock } from './server-clock.ts';

/**
 * Looks after the clones of an instance once, and writes the leases that ended with one to the trail.
 * @param session the administrator's, on the database `postgres`
 * @returns when the next clone's time is over, as the keeper's clock will show it; null when none's is limited
 * @throws CLONE_NOT_DROPPED that names every clone which is over, but not gone
 */
export async function keepItsClones(
  session: Session,
  { database, address }: KeptInstance,
  { place, now }: { place: TrailPlace; now(): Date },
): Promise<Date | null> {
  const clock = await serverClock(session, now);
  const { logFile } = address;
  const { dropped, problems, nextExpiry } = await tendClones(session, {
    database,
    now: clock.now,
    by: 'keeper',
    logFile,
  });
  const ended = dropped.flatMap(({ leases }) => leases);
  if (ended.length > 0) await noteEnds(place, now(), { ended, stuck: [] });
  if (problems.length === 0) return nextExpiry && clock.ours(nextExpiry);
  throw new DrydockError('CLONE_NOT_DROPPED', `Clones whose time is over are not gone: ${problems.join(' ')}`, {
    hint: 'Mend what is named; the keeper tries again every second, and "drydock clone NAME --drop" at once.',
  });
}
