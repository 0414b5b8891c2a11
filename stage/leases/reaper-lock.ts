import type { Session } from '../../ops/postgres/index.ts';

/** Another reaper is doing our work, unless it hangs. */
const patienceMs = 5000;

/**
 * A connection of its own that keeps every other reaper out for as long as it is open, and that dies with its process.
 * @param session the administrator's, on the database that keeps the leases
 */
export async function lockReaper(session: Session): Promise<Session> {
  await using opening = new AsyncDisposableStack();
  const watcher = opening.use(await session.beside('drydock reaper'));
  await watcher.script(
    `begin; set local lock_timeout = ${patienceMs}; lock table drydock.lease_reaper in access exclusive mode`,
  );
  opening.move();
  return watcher;
}
