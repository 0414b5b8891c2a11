import { cloneOf, connectRole, besides } from '../../ops/contract/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { identifier, literal, type Session } from '../../ops/postgres/index.ts';
import { endLeases, listLeases, notEnded, type EndedLease } from '../leases/index.ts';
import { copyOpened } from './copy-opened.ts';
import { dropCopy } from './copy.ts';
import { lockTemplate } from './lock.ts';
import { cloneQuery } from './queries.ts';
import { requireFits, requireTemplate, type Template } from './template.ts';

/** A copy of the staging that a lease of its own opens, and no other. */
export interface Clone {
  readonly name: string;
  readonly database: string;
  readonly createdAt: string;
  /** When it is dropped; null when it stays as long as the staging. */
  readonly expiresAt: string | null;
  readonly by: string;
  /** Of which template, as it was when. */
  readonly of: Pick<Template, 'takenAt' | 'after'>;
}

export interface RegisteredClone extends Clone {
  /** False when its making or its end was interrupted: dropping it clears what is left. */
  readonly isThere: boolean;
  readonly sessions: number;
}

export interface CloneOrder {
  /** The staging. */
  readonly database: string;
  readonly name: string;
  /** How long it may live, in milliseconds; as long as the staging without it. */
  readonly ttlMs?: number;
  readonly by: string;
  /** By the clock of the server, see `serverTime`. */
  readonly now: Date;
}

const mark = 'drydock clone ';

/**
 * Copies the latest template of a staging, and shows that the copy is like it.
 * @param server the administrator's session on the database `postgres`
 * @throws CLONE_NAME, CLONE_EXISTS, CLONE_NO_TEMPLATE, CLONE_UNFAITHFUL; then nothing of it is left
 */
export async function makeClone(server: Session, order: CloneOrder): Promise<Clone> {
  const { database, name, ttlMs, by, now } = order;
  const target = cloneOf(database, name);
  requireName(order);
  await using _lock = await lockTemplate(server, 'shared');
  const template = await requireTemplate(server, database);
  const clone: Clone = {
    name,
    database: target,
    createdAt: now.toISOString(),
    expiresAt: ttlMs === undefined ? null : new Date(now.getTime() + ttlMs).toISOString(),
    by,
    of: { takenAt: template.takenAt, after: template.after },
  };
  await register(server, clone);
  try {
    await copyOpened(server, { template, staging: database, to: target });
  } catch (error) {
    await removeClone(server, target);
    throw error;
  }
  return clone;
}

/** The clones of a staging, by name. */
export async function listClones(server: Session, database: string): Promise<RegisteredClone[]> {
  const rows = await cloneQuery<{ note: string; isThere: boolean; sessions: number }>(server, 'registered', [database]);
  return rows.map(({ note, isThere, sessions }) => ({
    ...(JSON.parse(note.slice(mark.length)) as Clone),
    isThere,
    sessions,
  }));
}

/** Everything that is dropped with a clone. */
export interface DroppedClone {
  readonly clone: Clone;
  readonly leases: readonly EndedLease[];
}

/**
 * Drops a clone: its leases are ended as every lease is, then the database goes with whoever is in it.
 * @throws CLONE_UNKNOWN, LEASE_NOT_ENDED
 */
export async function dropClone(
  server: Session,
  { database, name, by, logFile }: Omit<CloneOrder, 'ttlMs' | 'now'> & { logFile?: string | undefined },
): Promise<DroppedClone> {
  const clone = (await listClones(server, database)).find((each) => each.name === name);
  if (!clone) {
    throw new DrydockError('CLONE_UNKNOWN', `${database} has no clone ${name}.`, {
      hint: 'See "drydock clone" for those that there are.',
    });
  }
  await using books = await server.beside('drydock clone', database);
  const leased = (await listLeases(books)).filter((lease) => lease.database === clone.database);
  const roles = leased.map(({ role }) => role);
  const reason = `its clone ${name} is dropped`;
  const { ended, stuck } =
    roles.length > 0 ? await endLeases(books, roles, { by, reason, logFile }) : { ended: [], stuck: [] };
  if (stuck[0]) throw notEnded(stuck[0]);
  await books.query('select drydock.forget_database($1)', [clone.database]);
  await removeClone(server, clone.database);
  return { clone, leases: ended };
}

/** @throws CLONE_NAME */
function requireName({ database, name }: CloneOrder): void {
  const target = cloneOf(database, name);
  if (!/^\w+$/.test(name) || Object.values(besides(database)).includes(target)) {
    throw new DrydockError('CLONE_NAME', `A clone cannot be called ${JSON.stringify(name)}.`, {
      hint: 'Use letters, digits and underscores, and none of the names of Drydock’s own copies: template, next, warm, old.',
    });
  }
  requireFits(connectRole(target));
}

/**
 * The register is the comment of the clone's connect role, made before the clone itself: one whose making is killed is
 * found.
 * @throws CLONE_EXISTS
 */
async function register(server: Session, clone: Clone): Promise<void> {
  const { database } = clone;
  const role = connectRole(database);
  const { taken } = await server.row<{ taken: boolean }>(
    `select exists (select from pg_catalog.pg_database where datname = $1)
         or exists (select from pg_catalog.pg_roles where rolname = $2) as taken`,
    [database, role],
  );
  if (taken) {
    throw new DrydockError('CLONE_EXISTS', `There is a clone ${clone.name} already, or a database ${database}.`, {
      hint: `Choose another name, or drop it with "drydock clone ${clone.name} --drop".`,
    });
  }
  await server.script(
    `create role ${identifier(role)} nologin;
     comment on role ${identifier(role)} is ${literal(mark + JSON.stringify(clone))}`,
  );
}

/** Idempotent: clears whatever there is of it. The register goes last. */
async function removeClone(server: Session, database: string): Promise<void> {
  await dropCopy(server, database);
  await server.query(`drop role if exists ${identifier(connectRole(database))}`);
}
