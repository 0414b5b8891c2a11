import { Session, type Target } from '../../ops/postgres/index.ts';

/**
 * A connection of its own that keeps every other reaper out for as long as it is open, and that dies with its process.
 * @param target the administrator's, on the database that keeps the leases
 */
export async function lockReaper(target: Target): Promise<Session> {
  await using opening = new AsyncDisposableStack();
  const watcher = opening.use(await Session.open(target, { applicationName: 'drydock reaper' }));
  await watcher.script('begin; lock table drydock.lease_reaper in access exclusive mode');
  opening.move();
  return watcher;
}
