import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../../ops/errors.ts';
import { identifier, Session, type Target } from '../../ops/postgres/index.ts';
import { cloneQuery } from './queries.ts';

const patienceMs = 5000;
const lookEveryMs = 1;

interface Visitor {
  readonly pid: number;
  readonly role: string;
  readonly application: string;
}

/** @throws CLONE_SESSIONS when anybody is in the database */
export async function refuseSessions(server: Session, database: string): Promise<void> {
  const visitors = await visitorsIn(server, database);
  if (visitors.length > 0) throw occupied(database, visitors);
}

/** Who is in a database, but for us and what Drydock keeps for a moment. */
export function visitorsIn(server: Session, database: string): Promise<Visitor[]> {
  return cloneQuery(server, 'sessions', [database]);
}

/** The error that says who is in a database. */
export function occupied(database: string, visitors: readonly Visitor[], cause?: unknown): DrydockError {
  const who = visitors.map(({ role, pid, application }) => `${role} (${application || 'unnamed'}, process ${pid})`);
  return new DrydockError('CLONE_SESSIONS', `Somebody is at work in ${database}: ${who.join(', ') || 'no longer'}.`, {
    hint: 'Wait for them, or end their sessions with --end-sessions: what they have not committed is lost.',
    cause,
  });
}

/**
 * Closes a database to everybody, the administrator included, and ends the sessions in it.
 * @param spare a session of our own that stays
 * @throws CLONE_SESSIONS when somebody is in it who is not to be thrown out; it is closed all the same
 */
export async function closeDatabase(
  server: Session,
  database: string,
  { spare, endSessions }: { spare?: Session; endSessions: boolean },
): Promise<void> {
  await server.query(`alter database ${identifier(database)} allow_connections false`);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const values = [database, spare?.processId ?? null, endSessions];
    const present = await cloneQuery<Visitor & { is_visitor: boolean }>(server, 'end_sessions', values);
    if (present.length === 0) return;
    const visitors = present.filter(({ is_visitor }) => is_visitor);
    if ((!endSessions && visitors.length > 0) || performance.now() > giveUpAt) throw occupied(database, visitors);
    await sleep(lookEveryMs);
  }
}

/** A session on a database that is being made: as much of its login as does not need it is done meanwhile. */
export async function openOnceThere(target: Target, isThere: Promise<void>): Promise<Session> {
  const options = { applicationName: 'drydock clone' };
  try {
    return await Session.open(target, { ...options, after: isThere });
  } catch {
    await isThere; // making it took longer than a server waits for a login
    return Session.open(target, options);
  }
}

export async function openDatabase(server: Session, database: string): Promise<void> {
  await server.query(`alter database ${identifier(database)} allow_connections true`);
}
