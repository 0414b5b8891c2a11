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
  if ((await cloneQuery<Visitor>(server, 'sessions', [database])).length > 0) throw await occupied(server, database);
}

/** The error that says who is in a database. */
export async function occupied(server: Session, database: string, cause?: unknown): Promise<DrydockError> {
  const visitors = await cloneQuery<Visitor>(server, 'sessions', [database]);
  const who = visitors.map(({ role, pid, application }) => `${role} (${application || 'unnamed'}, process ${pid})`);
  return new DrydockError('CLONE_SESSIONS', `Somebody is at work in ${database}: ${who.join(', ') || 'no longer'}.`, {
    hint: 'Wait for them, or end their sessions with --end-sessions: what they have not committed is lost.',
    cause,
  });
}

/**
 * Closes a database to everybody, the administrator included, and ends the sessions in it.
 * @param spare a session of our own that stays
 */
export async function closeDatabase(server: Session, database: string, spare?: Session): Promise<void> {
  await server.query(`alter database ${identifier(database)} allow_connections false`);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await server.query<{ pid: number }>(
      `select pid, pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
       where datname = $1 and pid is distinct from $2`,
      [database, spare?.processId ?? null],
    );
    if (rows.length === 0) return;
    if (performance.now() > giveUpAt) throw await occupied(server, database);
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
