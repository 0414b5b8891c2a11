import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  logAuditEvent,
  makeKeys,
  migrateRecords,
  recordSession,
  Sealer,
  verifyRecords,
} from '../../audit-log/records/index.ts';
import type { Anchor, AuditEventPayload, Keys, SealReport, VerifyReport } from '../../audit-log/records/index.ts';
import { identifier, literal, Session, type Target } from '../../ops/postgres/index.ts';
import { temporaryFolder, type TemporaryFolder } from './home.ts';

/** Migrating takes longer than most tests, so it is done once per server and copied. */
const template = 'records_template';

/** A database with the audit record, its logins, and a folder for keys, seals and cold files. */
export class RecordDatabase implements AsyncDisposable {
  readonly admin: Target;
  readonly folder: TemporaryFolder;
  readonly keys: Keys;
  readonly #open = new AsyncDisposableStack();
  readonly #password: string;

  private constructor(admin: Target, folder: TemporaryFolder, password: string) {
    this.admin = admin;
    this.folder = this.#open.use(folder);
    this.keys = makeKeys(join(folder.path, 'keys'));
    this.#password = password;
  }

  static async make(server: { connect(name: string): Promise<Session>; target(name: string): Target }) {
    const database = `records_${randomBytes(4).toString('hex')}`;
    await using maintenance = await server.connect('postgres');
    await makeTemplate(server, maintenance);
    await maintenance.query(`create database ${database} template ${template} strategy file_copy`);
    return new RecordDatabase(server.target(database), await temporaryFolder(), randomBytes(12).toString('hex'));
  }

  /** A session of the superuser. */
  async superuser(): Promise<Session> {
    return this.#open.use(await recordSession(this.admin));
  }

  /** A login that is a member of these roles, and a session of it. */
  async login(...roles: string[]): Promise<Session> {
    return this.as(`${roles[0]}_${randomBytes(4).toString('hex')}`, ...roles);
  }

  async as(user: string, ...roles: string[]): Promise<Session> {
    const session = await this.superuser();
    await session.query(`create role ${identifier(user)} login password ${literal(this.#password)}`);
    for (const role of roles) await session.query(`grant ${identifier(role)} to ${identifier(user)}`);
    return this.#open.use(await recordSession({ ...this.admin, user, password: this.#password }));
  }

  get seals(): string {
    return join(this.folder.path, 'seals');
  }

  get cold(): string {
    return join(this.folder.path, 'cold');
  }

  /** Seals all there is, as a keeper. */
  async seal(now: () => Date = () => new Date()): Promise<SealReport> {
    await using session = await recordSession(this.admin);
    using sealer = await Sealer.open({ session, folder: this.seals, keys: this.keys, now });
    return await sealer.pass();
  }

  async verify(anchors: Anchor[] = []): Promise<VerifyReport> {
    await using session = await recordSession(this.admin);
    return await verifyRecords({ session, folder: this.seals, publicKey: this.keys.publicKey, anchors });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

async function makeTemplate(server: { connect(name: string): Promise<Session> }, maintenance: Session): Promise<void> {
  const { rows } = await maintenance.query('select from pg_catalog.pg_database where datname = $1', [template]);
  if (rows.length > 0) return;
  await maintenance.query(`create database ${template} template template0`);
  await using session = await server.connect(template);
  await migrateRecords(session);
}

export const workspace = '11111111-1111-4111-8111-111111111111';
export const otherWorkspace = '22222222-2222-4222-8222-222222222222';

export function anEvent(given: Partial<AuditEventPayload> = {}): AuditEventPayload {
  return {
    actionType: 'UPDATE_PROFILE',
    resourceType: 'profile',
    resourceId: randomUUID(),
    workspaceId: workspace,
    createdByUserId: randomUUID(),
    ...given,
  };
}

/**
 * Records of the past, as an older system would have left them. Makes their partition.
 * @param month first day of the month
 */
export async function pastRecords(
  session: Session,
  month: string,
  count: number,
  { of = workspace }: { of?: string } = {},
): Promise<void> {
  await session.query('select audit.make_audit_partition($1, $2)', ['audit_events', month]);
  await session.query('select audit.make_audit_partition($1, $2)', ['audit_personal', month]);
  await session.query(
    `insert into audit.audit_events (created_at, created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values)
     select $1::date + make_interval(mins => n), gen_random_uuid(), 'IMPORT', 'thing', gen_random_uuid(), $3, jsonb_build_object('n', n)
     from generate_series(1, $2::integer) as n`,
    [month, count, of],
  );
}

/** The first day of a month, so many months ago. */
export function monthsAgo(count: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)).toISOString().slice(0, 10);
}

/** The partition of a month's records, in schema audit. @param month any day of it, `YYYY-MM-DD` */
export function partitionOf(month: string): string {
  return `audit_events_${month.slice(0, 7).replace('-', '_')}`;
}

/** Thirty sealed records, in three checkpoints, of two workspaces; ids of the first one's in the order of their positions. */
export async function sealedRecords(database: RecordDatabase): Promise<{ session: Session; ids: string[] }> {
  const session = await database.superuser();
  const ids: string[] = [];
  for (let checkpoint = 0; checkpoint < 3; checkpoint += 1) {
    for (let n = 0; n < 5; n += 1) {
      ids.push(await logAuditEvent(session, anEvent({ newValues: { n }, clear: ['*'] })));
      await logAuditEvent(session, anEvent({ workspaceId: otherWorkspace }));
    }
    await database.seal();
  }
  return { session, ids };
}

/** What verifying found, each kind once, in order. */
export function kinds({ problems }: VerifyReport): string[] {
  return [...new Set(problems.map(({ kind }) => kind))];
}

/** What a superuser can do: every guard of the record off, the deed, every guard on again. */
export async function tamper(session: Session, deed: string, values?: unknown[]): Promise<void> {
  const { rows } = await session.query<{ relation: string; trigger: string }>(
    `select tgrelid::regclass::text as relation, tgname as trigger from pg_catalog.pg_trigger
     where tgname in ('record_append_only', 'record_kept', 'record_no_truncate')`,
  );
  const each = (verb: string) =>
    rows.map(({ relation, trigger }) => `alter table ${relation} ${verb} trigger ${identifier(trigger)}`).join(';');
  await session.script(each('disable'));
  await session.query(deed, values);
  await session.script(each('enable always'));
}
