import { randomBytes } from 'node:crypto';
import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { recordQuery } from './queries.ts';
import { verifyRecords } from './verify.ts';

export type Outcome = 'prevented' | 'detected' | 'missed' | 'not applicable';

/** What came of one bypass. */
export interface Attempt {
  readonly name: string;
  /** Who tried it: a login that may write records, the owner of the table, or a superuser. */
  readonly as: 'writer' | 'owner' | 'superuser';
  readonly outcome: Outcome;
  readonly detail: string;
}

interface Target {
  readonly name: string;
  readonly schema: string;
  readonly owner: string;
  readonly partitions: string[] | null;
  readonly text_column: string | null;
}

interface Bypass {
  readonly name: string;
  readonly as: Attempt['as'];
  /** The statements; undefined when the table has nothing for it. */
  readonly deed: (target: Target, partition: string | undefined) => string | undefined;
}

const edit = ({ name, text_column: column }: Target, where = name) =>
  column ? `update ${where} set ${identifier(column)} = 'attacked'` : undefined;

/** Twenty ways round an audit table; each is tried on its own and taken back. */
const bypasses: readonly Bypass[] = [
  { name: 'update', as: 'writer', deed: (target) => edit(target) },
  { name: 'delete', as: 'writer', deed: ({ name }) => `delete from ${name}` },
  { name: 'truncate', as: 'writer', deed: ({ name }) => `truncate ${name}` },
  { name: 'update a partition', as: 'writer', deed: (target, part) => part && edit(target, part) },
  {
    name: 'read a partition past row security',
    as: 'writer',
    deed: (_target, part) => part && `select 1 / count(*) from ${part}`,
  },
  { name: 'drop the table', as: 'writer', deed: ({ name }) => `drop table ${name} cascade` },
  {
    name: 'disable the triggers',
    as: 'writer',
    deed: ({ name }) => `alter table ${name} disable trigger all; delete from ${name}`,
  },
  { name: 'update', as: 'owner', deed: (target) => edit(target) },
  { name: 'delete', as: 'owner', deed: ({ name }) => `delete from ${name}` },
  { name: 'truncate', as: 'owner', deed: ({ name }) => `truncate ${name} cascade` },
  { name: 'truncate a partition', as: 'owner', deed: (_target, part) => part && `truncate ${part}` },
  {
    name: 'delete with a rule that does nothing',
    as: 'owner',
    deed: ({ name }) => `create rule attacked as on insert to ${name} do instead nothing`,
  },
  {
    name: 'grant to everybody, then delete',
    as: 'owner',
    deed: ({ name }) => `grant all on ${name} to public; delete from ${name}`,
  },
  {
    name: 'detach a partition, then delete from it',
    as: 'owner',
    deed: ({ name }, part) => part && `alter table ${name} detach partition ${part}; delete from ${part}`,
  },
  {
    name: 'disable the triggers, then delete',
    as: 'owner',
    deed: ({ name }, part) => `alter table ${part ?? name} disable trigger user; delete from ${part ?? name}`,
  },
  { name: 'drop a partition', as: 'owner', deed: (_target, part) => part && `drop table ${part}` },
  {
    name: 'act as a replica',
    as: 'superuser',
    deed: ({ name }) => `set local session_replication_role = replica; delete from ${name}`,
  },
  {
    name: 'truncate as a replica',
    as: 'superuser',
    deed: ({ name }) => `set local session_replication_role = replica; truncate ${name} cascade`,
  },
  {
    name: 'update with triggers disabled',
    as: 'superuser',
    deed: (target, part) =>
      edit(target) && `alter table ${part ?? target.name} disable trigger all; ${edit(target, part ?? target.name)}`,
  },
  {
    name: 'copy, empty and fill again',
    as: 'superuser',
    deed: ({ name }, part) =>
      `create temp table attacked as table ${part ?? name}; truncate ${part ?? name}; insert into ${part ?? name} select * from attacked offset 1`,
  },
  { name: 'drop with cascade', as: 'superuser', deed: ({ name }) => `drop table ${name} cascade` },
];

/**
 * Tries the bypasses on an audit table of any design, in a database that is a scratch copy: each in a transaction that is taken back.
 * @param session of a superuser on the copy
 * @param table as SQL writes it
 * @param detects says whether what was just done, in the open transaction, would be noticed afterwards
 * @throws RECORDS_ATTACK when the table is not there or is empty: nothing would be shown by it
 */
export async function attackAuditTable(
  session: Session,
  table: string,
  detects: (() => Promise<string | undefined>) | undefined,
): Promise<Attempt[]> {
  const [target] = await recordQuery<Target>(session, 'attack_target', [table]);
  if (!target) throw new DrydockError('RECORDS_ATTACK', `There is no table ${table} to attack.`);
  const partition = await fullPartition(session, target);
  const attempts: Attempt[] = [];
  for (const bypass of bypasses) {
    const deed = bypass.deed(target, partition);
    const { name, as } = bypass;
    if (deed === undefined)
      attempts.push({ name, as, outcome: 'not applicable', detail: 'the table has no such part' });
    else attempts.push({ name, as, ...(await attempted(session, target, as, deed, detects)) });
  }
  return attempts;
}

/** Of our own record: what the seals and the health view say after a deed that they did not say before. */
export async function noticedBySeals(
  session: Session,
  folder: string,
  publicKey: string,
): Promise<() => Promise<string | undefined>> {
  const complaints = async () => {
    const { problems } = await verifyRecords({ session, folder, publicKey, anchors: [] });
    const { rows } = await session.query<{ detail: string }>(
      'select detail from audit.vw_audit_health where not healthy',
    );
    return [...problems.map(({ message }) => message), ...rows.map(({ detail }) => detail)];
  };
  const before = new Set(await complaints());
  return async () => {
    await session.query('savepoint looking');
    // what cannot even be verified any more is noticed too
    const found = await complaints().catch((error) => [`verification fails: ${messageOf(error)}`]);
    await session.query('rollback to savepoint looking');
    return found.find((complaint) => !before.has(complaint));
  };
}

async function attempted(
  session: Session,
  target: Target,
  as: Attempt['as'],
  deed: string,
  detects: (() => Promise<string | undefined>) | undefined,
): Promise<{ outcome: Outcome; detail: string }> {
  const writer = `attack_${randomBytes(4).toString('hex')}`;
  return session.rolledBack(async () => {
    const login = identifier(writer);
    await session.script(
      `create role ${login}; grant usage on schema ${identifier(target.schema)} to ${login}; grant insert on ${target.name} to ${login}`,
    );
    const role = { writer, owner: target.owner, superuser: undefined }[as];
    try {
      await session.script(role ? `set local role ${identifier(role)}; ${deed}; reset role` : deed);
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      return { outcome: 'prevented', detail: `${codeOf(cause) ?? 'refused'}: ${messageOf(cause)}` };
    }
    const noticed = await detects?.();
    return noticed
      ? { outcome: 'detected', detail: noticed }
      : { outcome: 'missed', detail: 'it went through, and nothing says so' };
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
