import { randomBytes } from 'node:crypto';
import { codeOf, DrydockError, messageOf } from '../../../ops/errors.ts';
import { identifier, type Session } from '../../../ops/postgres/index.ts';
import { recordQuery } from '../queries.ts';
import { bypasses, type Bypass, type Target } from './bypasses.ts';
import { noticedByTrace, type Detector } from './detect.ts';

/** `not applicable`: the table has no such part, or the attempt failed for a reason of its own. */
export type Outcome = 'prevented' | 'detected' | 'missed' | 'not applicable';

/** What came of one bypass. */
export interface Attempt {
  readonly name: string;
  readonly as: Bypass['as'];
  readonly outcome: Outcome;
  readonly detail: string;
}

type Judgement = Pick<Attempt, 'outcome' | 'detail'>;

export interface AttackOrder {
  /** Of a superuser, on a database that is a scratch copy. */
  readonly session: Session;
  /** As SQL writes it. */
  readonly table: string;
  /** A role of the application whose rights the writer has; without it, the writer may INSERT into the table and nothing else. */
  readonly writer?: string | undefined;
  /** What would notice a deed, besides rows that it leaves in other tables of the schema. */
  readonly detector?: Detector | undefined;
}

/**
 * Tries the bypasses on an audit table of any design, each in a transaction that is taken back.
 * @throws RECORDS_ATTACK when the table is not there or is empty, the role is not there, or the login is no superuser: nothing would be shown
 */
export async function attackAuditTable(order: AttackOrder): Promise<Attempt[]> {
  const { session, table, writer } = order;
  await requireSuperuser(session);
  if (writer) await requireRole(session, writer);
  const [target] = await recordQuery<Target>(session, 'attack_target', [table]);
  if (!target) {
    throw new DrydockError('RECORDS_ATTACK', `There is no table ${table} to attack.`, {
      hint: 'Write it as SCHEMA.TABLE, in the letters it was made with.',
    });
  }
  const partition = await fullPartition(session, target);
  const detectors = [order.detector, await noticedByTrace(session, table)].filter((one) => one !== undefined);
  const attempts: Attempt[] = [];
  for (const { name, as, effect, deed } of bypasses) {
    const statements = deed(target, partition);
    const judged: Judgement = statements
      ? await attempted(order, target, { as, effect, statements }, detectors)
      : { outcome: 'not applicable', detail: 'the table has no such part' };
    attempts.push({ name, as, ...judged });
  }
  return attempts;
}

async function attempted(
  { session, writer }: AttackOrder,
  target: Target,
  { as, effect, statements }: Pick<Bypass, 'as' | 'effect'> & { statements: string },
  detectors: readonly Detector[],
): Promise<Judgement> {
  const login = `attack_${randomBytes(4).toString('hex')}`;
  const role = { writer: login, owner: target.owner, superuser: undefined }[as];
  return session.rolledBack(async () => {
    await session.script(rightsOf(target, login, writer));
    const before = await contentOf(session, target);
    let read: number;
    try {
      const results = await session.script(
        role ? `set local role ${identifier(role)}; ${statements}; reset role` : statements,
      );
      read = Math.max(...results.filter(({ command }) => command === 'SELECT').map(({ rowCount }) => rowCount), 0);
    } catch (error) {
      return judgedRefusal((error as Error).cause ?? error);
    }
    const isWithout =
      effect === 'reads' ? read === 0 : effect === 'changes' && before === (await contentOf(session, target));
    if (isWithout) return { outcome: 'prevented', detail: 'it went through, and touched no row' };
    for (const detects of detectors) {
      const detail = await detects();
      if (detail) return { outcome: 'detected', detail };
    }
    return { outcome: 'missed', detail: 'it went through, and nothing says so' };
  });
}

function rightsOf({ name, schema }: Target, login: string, writer: string | undefined): string {
  const made = `create role ${identifier(login)}`;
  return writer
    ? `${made}; grant ${identifier(writer)} to ${identifier(login)}`
    : `${made}; grant usage on schema ${identifier(schema)} to ${identifier(login)}; grant insert on ${name} to ${identifier(login)}`;
}

/** A right that is missing, or a function that raised, refused the deed; any other error is the attempt's own. */
function judgedRefusal(error: unknown): Judgement {
  const code = codeOf(error) ?? '';
  const detail = `${code}: ${messageOf(error)}`;
  const isRefusal = code === '42501' || (error as { routine?: string }).routine === 'exec_stmt_raise';
  return isRefusal
    ? { outcome: 'prevented', detail }
    : { outcome: 'not applicable', detail: `the attempt failed, ${detail}` };
}

/** Tells two states of the table apart; none when it is gone. */
async function contentOf(session: Session, { name }: Target): Promise<string> {
  const { there } = await session.row<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
  if (!there) return 'gone';
  const { content } = await session.row<{ content: string }>(
    `select count(*) || '/' || coalesce(sum(hashtextextended(record::text, 0)), 0) as content from ${name} as record`,
  );
  return content;
}

async function requireSuperuser(session: Session): Promise<void> {
  const { is } = await session.row<{ is: boolean }>('select rolsuper as is from pg_roles where rolname = current_user');
  if (is) return;
  throw new DrydockError('RECORDS_ATTACK', `${session.target.user} is no superuser, and the attack is to be one too.`, {
    hint: 'Attack a copy on a server of your own.',
  });
}

async function requireRole(session: Session, role: string): Promise<void> {
  const { there } = await session.row<{ there: boolean }>(
    'select exists (select from pg_roles where rolname = $1) as there',
    [role],
  );
  if (there) return;
  throw new DrydockError('RECORDS_ATTACK', `There is no role ${role} whose rights the writer could have.`, {
    hint: 'Name a role of the server whose rights a writer of the table has.',
  });
}

/** A partition with rows in it, or undefined for a plain table. @throws RECORDS_ATTACK when there is not one row */
async function fullPartition(session: Session, { name, partitions }: Target): Promise<string | undefined> {
  for (const part of [...(partitions ?? [])].reverse()) {
    const { full } = await session.row<{ full: boolean }>(`select exists (select from ${part}) as full`);
    if (full) return part;
  }
  const { full } = await session.row<{ full: boolean }>(`select exists (select from ${name}) as full`);
  if (!full)
    throw new DrydockError('RECORDS_ATTACK', `${name} is empty, so an attack on it shows nothing.`, {
      hint: 'Copy some records into the scratch database first.',
    });
  return undefined;
}
