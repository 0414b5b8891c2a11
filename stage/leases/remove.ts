import { codeOf } from '../../ops/errors.ts';
import { identifier, literal, serverMessage, type Session } from '../../ops/postgres/index.ts';
import type { LeaseInForce } from './lease.ts';
import { lockPatienceMs } from './patience.ts';
import { leaseQuery } from './queries.ts';

/** What was found of a lease in one database, and what became of it. */
export interface Removal {
  readonly database: string;
  /** "SELECT on table eng.x, granted by y" */
  readonly revoked: readonly string[];
  /** Objects that the lease owned, dropped or given to somebody else. */
  readonly objects: readonly string[];
  /** What is still there and why: object, grantor, and what the server said. */
  readonly left: readonly string[];
}

interface Grant {
  readonly object: string;
  readonly grantor: string;
  readonly privileges: string;
  readonly statement: string;
}

/**
 * Removes, in every database, what a lease was granted and what it owns.
 * @param heir the role that gets its objects; without one they are dropped
 */
export async function removeHoldings(session: Session, lease: LeaseInForce, heir?: string): Promise<Removal[]> {
  const databases = await leaseQuery<{ database: string; isOpen: boolean }>(session, 'databases', [lease.oid]);
  const removals: Removal[] = [];
  for (const { database, isOpen } of databases) {
    if (isOpen) removals.push(await removeIn(session, database, lease, heir));
    else removals.push({ database, revoked: [], objects: [], left: [`the database ${database} allows no connection`] });
  }
  return removals;
}

async function removeIn(
  session: Session,
  database: string,
  lease: LeaseInForce,
  heir: string | undefined,
): Promise<Removal> {
  await using inside = await session.beside('drydock reaper', database);
  // names come out qualified, and no function of somebody else's is found by mistake
  await inside.script(`set search_path = ''; set lock_timeout = ${lockPatienceMs}`);
  const left: string[] = [];
  await rollBackPrepared(inside, lease, left);
  const revoked = await revokeAll(inside, lease, left);
  const objects = (await leaseQuery<{ object: string }>(inside, 'owned', [lease.oid])).map(({ object }) => object);
  if (left.length === 0) await removeOwned(inside, lease, heir, left);
  return { database, revoked, objects: left.length === 0 ? objects : [], left };
}

/** A prepared transaction outlives its session, and keeps its locks. */
async function rollBackPrepared(inside: Session, { roleNow }: LeaseInForce, left: string[]): Promise<void> {
  const { rows } = await inside.query<{ gid: string }>(
    'select gid from pg_catalog.pg_prepared_xacts where owner = $1 and database = current_database()',
    [roleNow],
  );
  for (const { gid } of rows) {
    await tryTo(left, `prepared transaction ${gid}`, () => inside.query(`rollback prepared ${literal(gid)}`));
  }
}

/** Takes back each grant as the one who gave it: nobody else's REVOKE reaches it, not even a superuser's. */
async function revokeAll(inside: Session, { oid }: LeaseInForce, left: string[]): Promise<string[]> {
  const tried: string[] = [];
  for (const grant of await leaseQuery<Grant>(inside, 'grants', [oid])) {
    const isDone = await tryTo(left, inWords(grant), () =>
      inside.transaction(async () => {
        await inside.setLocalRole(grant.grantor);
        await inside.query(grant.statement);
      }),
    );
    if (isDone) tried.push(inWords(grant));
  }
  // a REVOKE that reaches nothing says success
  const stillThere = new Set((await leaseQuery<Grant>(inside, 'grants', [oid])).map(inWords));
  const unreached = tried.filter((grant) => stillThere.has(grant));
  left.push(...unreached.map((grant) => `${grant}, who can no longer revoke it`));
  return tried.filter((grant) => !stillThere.has(grant));
}

function inWords({ privileges, object, grantor }: Grant): string {
  return `${privileges} on ${object}, granted by ${grantor}`;
}

/** Objects, policies and memberships: given to the heir, or dropped, but never with what others built on them. */
async function removeOwned(
  inside: Session,
  { roleNow }: LeaseInForce,
  heir: string | undefined,
  left: string[],
): Promise<void> {
  if (roleNow === null) return;
  const role = identifier(roleNow);
  await tryTo(left, `what ${roleNow} owns in ${inside.target.database}`, async () => {
    if (heir !== undefined) await inside.query(`reassign owned by ${role} to ${identifier(heir)}`);
    await inside.query(`drop owned by ${role}`);
  });
}

async function tryTo(left: string[], what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    left.push(`${what}: ${saidInFull(error)}`);
    return false;
  }
}

/** What the server said, with the detail in which it names what stands in the way. */
export function saidInFull(error: unknown): string {
  const { detail } = error as { detail?: unknown };
  const said = serverMessage(error);
  return typeof detail === 'string' ? `${said}, ${detail.replaceAll('\n', ', ')}` : said;
}
