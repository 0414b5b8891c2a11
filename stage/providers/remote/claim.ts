import { besides } from '../../../ops/contract/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import { identifier, literal, type Session } from '../../../ops/postgres/index.ts';
import { remoteQuery, whereIs } from './server.ts';

/** What a run may make on a server, and therefore what is taken down after it: everything else is somebody's. */
export interface Belongings {
  readonly database: string;
  /** The NOLOGIN roles; the leases are found as members of `connectRole`. */
  readonly roles: readonly string[];
  readonly connectRole: string;
}

/** Written on the server before anything is made there, so that any later run can clear what this one leaves. */
export interface Claim extends Belongings {
  readonly runId: string;
  readonly startedAt: string;
  readonly publicRights: readonly PublicRights[];
}

interface PublicRights {
  readonly database: string;
  readonly privileges: readonly string[];
}

/** A role, because roles belong to the whole server, as what a run makes does; the claim is its comment. */
const claimRole = 'drydock_claim';
/** What PUBLIC can hold on a database. */
const grantable = ['CONNECT', 'CREATE', 'TEMPORARY'];
const serverLock = 0x0d12d0d;

/**
 * Keeps other runs off the server for as long as the session lives, and no longer: no run's death leaves it locked.
 * @throws PROVIDER_REMOTE_BUSY
 */
export async function lockServer(session: Session): Promise<void> {
  const { free } = await session.row<{ free: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as free', [
    serverLock,
  ]);
  if (free) return;
  const claim = await readClaim(session);
  const who = claim ? `Run ${claim.runId}, since ${claim.startedAt},` : 'Another run';
  throw new DrydockError('PROVIDER_REMOTE_BUSY', `${who} is at work on the server at ${whereIs(session)}.`, {
    hint: 'Wait for it to finish: roles belong to a whole server, so two runs on one would meet.',
  });
}

export async function readClaim(session: Session): Promise<Claim | undefined> {
  const { rows } = await session.query<{ claim: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_authid') as claim from pg_catalog.pg_roles where rolname = $1`,
    [claimRole],
  );
  if (rows.length === 0) return undefined;
  try {
    return JSON.parse(rows[0]!.claim ?? '') as Claim;
  } catch (cause) {
    throw new DrydockError('PROVIDER_REMOTE_TAKEN', `The role ${claimRole} at ${whereIs(session)} says nothing.`, {
      hint: `Drydock did not leave it so. Look whose it is, then drop it: drop role ${claimRole}.`,
      cause,
    });
  }
}

/**
 * Writes the claim of a run, after making sure that nothing it will make is there already.
 * @throws PROVIDER_REMOTE_TAKEN
 */
export async function stakeClaim(session: Session, runId: string, belongings: Belongings): Promise<Claim> {
  await refuseTaken(session, belongings);
  const { now } = await session.row<{ now: string }>('select now()::text as now');
  const publicRights = await remoteQuery<PublicRights>(session, 'public_rights');
  const claim: Claim = { runId, startedAt: now, ...belongings, publicRights };
  await session.transaction(async () => {
    await session.query(`create role ${claimRole} nologin`);
    await session.query(`comment on role ${claimRole} is ${literal(JSON.stringify(claim))}`);
  });
  return claim;
}

async function refuseTaken(session: Session, { database, roles, connectRole }: Belongings): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `select 'database ' || datname as name from pg_catalog.pg_database where datname = $1
     union all select 'role ' || rolname from pg_catalog.pg_roles where rolname = any ($2) order by name`,
    [database, roles],
  );
  const copies = await copiesOf(session, { database, roles, connectRole });
  if (rows.length + copies.length === 0) return;
  const names = [...rows.map(({ name }) => name), ...copies.map((copy) => `database ${copy.database}`)].join(', ');
  throw new DrydockError(
    'PROVIDER_REMOTE_TAKEN',
    `The server at ${whereIs(session)} has what Drydock would make, and Drydock did not make it: ${names}.`,
    { hint: 'Drop it if nobody needs it, use another server, or choose other names in drydock.yaml.' },
  );
}

/**
 * Takes down what a run made: its database with every session in it, its leases, its roles; gives PUBLIC back what it
 * had; and removes the claim, last. May be repeated after a failure.
 */
export async function takeDownClaimed(session: Session, claim: Claim): Promise<void> {
  const { database, roles, connectRole, publicRights } = claim;
  const copies = await copiesOf(session, claim);
  for (const name of [database, ...copies.map((copy) => copy.database)]) {
    await session.query(`drop database if exists ${identifier(name)} with (force)`);
  }
  const doors = [connectRole, ...copies.flatMap(({ role }) => role ?? [])];
  const leases = await remoteQuery<{ role: string }>(session, 'leases', [doors, roles]);
  for (const role of [...leases.map((lease) => lease.role), ...roles, ...doors.slice(1)]) {
    await session.query(`drop role if exists ${identifier(role)}`);
  }
  for (const { database: name, privileges } of await lostRights(session, publicRights)) {
    await session.query(`grant ${privileges.join(', ')} on database ${identifier(name)} to public`);
  }
  await session.query(`drop role if exists ${claimRole}`);
}

/** What was made beside the staging: the template and its like, and the clones with the roles that open them. */
async function copiesOf(
  session: Session,
  { database }: Belongings,
): Promise<{ database: string; role: string | null }[]> {
  return remoteQuery(session, 'clones', [database, Object.values(besides(database))]);
}

/** What PUBLIC had on the databases that are still there, and has no longer. */
async function lostRights(session: Session, before: readonly PublicRights[]): Promise<PublicRights[]> {
  const now = new Map(
    (await remoteQuery<PublicRights>(session, 'public_rights')).map((row) => [row.database, row.privileges]),
  );
  const { rows } = await session.query<{ datname: string }>('select datname from pg_catalog.pg_database');
  return before
    .filter(({ database }) => rows.some(({ datname }) => datname === database))
    .map(({ database, privileges }) => ({
      database,
      // a claim is a text on the server: nothing of it goes into a statement unlooked at
      privileges: grantable.filter((right) => privileges.includes(right) && !now.get(database)?.includes(right)),
    }))
    .filter(({ privileges }) => privileges.length > 0);
}
