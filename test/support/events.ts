import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrateEvents, newEvent, type GivenCall, type ToolEvent } from '../../audit-log/events/index.ts';
import { identifier, literal, Session, type Target } from '../../ops/postgres/index.ts';
import { Staging } from './staging.ts';

/** A server with nothing of Drydock's in it, as a gateway's own database server is. */
export async function startServer(): Promise<Staging> {
  return Staging.start();
}

/** A database with the tool event table, and the logins that a gateway has for it. */
export interface EventDatabase {
  readonly admin: Target;
  readonly writer: Target;
  readonly reader: Target;
  readonly retention: Target;
}

/** Migrating takes longer than most tests, so it is done once per server and copied. */
const template = 'events_template';

export async function eventDatabase(server: Staging, options: { migrate?: boolean } = {}): Promise<EventDatabase> {
  const database = `events_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const admin = server.target(database);
  const isMigrated = options.migrate !== false;
  await using maintenance = await server.connect('postgres');
  if (isMigrated) await makeTemplate(server, maintenance);
  await maintenance.query(
    `create database ${database} template ${isMigrated ? template : 'template0'} strategy file_copy`,
  );
  await using session = await Session.open(admin);
  const login = async (profile: string) => {
    const user = `${profile}_${database}`;
    await session.query(`create role ${identifier(user)} login password ${literal(password)}`);
    if (isMigrated) await session.query(`grant ${identifier(profile)} to ${identifier(user)}`);
    return { ...admin, user, password };
  };
  return {
    admin,
    writer: await login('tool_event_writer'),
    reader: await login('tool_event_reader'),
    retention: await login('tool_event_retention'),
  };
}

async function makeTemplate(server: Staging, maintenance: Session): Promise<void> {
  const { rows } = await maintenance.query('select from pg_catalog.pg_database where datname = $1', [template]);
  if (rows.length > 0) return;
  await maintenance.query(`create database ${template} template template0`);
  await using session = await server.connect(template);
  await migrateEvents(session, { daysBack: 30 });
}

/** A spool directory that goes away with its scope. */
export async function spoolDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), 'drydock-events-'));
  return { path: join(root, 'audit'), [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

export const call: GivenCall = {
  req_id: 'req-1',
  workspace_id: 'ws-1',
  user_id: 'user-1',
  agent_id: 'sofiia',
  tool: 'web_search',
  action: 'query',
  status: 'pass',
  duration_ms: 12,
  in_size: 100,
  out_size: 2_000,
};

export function eventAt(time: string | Date, given: Partial<GivenCall> = {}): ToolEvent {
  return newEvent({ ...call, ...given }, new Date(time));
}

/** As many events as wanted, a millisecond apart, up to now. */
export function manyEvents(count: number, given: Partial<GivenCall> = {}): ToolEvent[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, i) => eventAt(new Date(now - count + i), given));
}

/** What the table holds, in order of arrival. */
export async function storedIds({ admin }: EventDatabase): Promise<string[]> {
  await using session = await Session.open(admin);
  const { rows } = await session.query<{ event_id: string }>(
    'select event_id from audit.tool_audit_events order by id',
  );
  return rows.map(({ event_id }) => event_id);
}
