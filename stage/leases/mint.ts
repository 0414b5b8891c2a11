import { randomBytes } from 'node:crypto';
import { connectRole } from '../../ops/contract/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { identifier, literal, scramVerifier, type Session } from '../../ops/postgres/index.ts';
import { noteLease, type Lease } from './lease.ts';
import type { LeaseTerms } from './terms.ts';

export interface LeaseOrder {
  /** The role of the contract that the lease is a member of. */
  readonly profile: string;
  readonly database: string;
  readonly ttlMs: number;
  readonly terms: LeaseTerms;
  /** Who mints it. */
  readonly by: string;
  /** Who gets it. */
  readonly lentTo: string;
  /** By the clock of the server, see `serverTime`. */
  readonly now: Date;
}

/** Should the keeper die, the password stops working this long after the lease's end. */
export const failSafeMs = 5000;

/** A name of Postgres has 63 bytes; what is longer is cut off by the server without an error. */
const profileBytes = 54;

/**
 * Mints a lease. The password goes to the server as a SCRAM verifier only; the role is granted nothing but memberships,
 * which it has the rights of and cannot act as, so that its end leaves no entry in any ACL and nothing that is another's.
 * @param session the administrator's, on the database that keeps the leases
 * @throws LEASE_TTL, LEASE_NO_DATABASE, LEASE_TOO_POWERFUL when the profile gives more than its grants
 */
export async function mintLease(session: Session, order: LeaseOrder): Promise<Lease> {
  const { profile, database, lentTo, now, ttlMs, terms } = order;
  requireTtl(ttlMs, terms.maximumMs);
  await requireDatabase(session, database);
  const role = `${firstBytes(profile, profileBytes)}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(32).toString('base64url');
  const lease: Lease = {
    role,
    profile,
    database,
    lentTo,
    createdAt: now,
    expiresAt: new Date(now.getTime() + ttlMs),
    latestExpiry: new Date(now.getTime() + terms.maximumMs),
    target: { ...session.target, user: role, password, database },
  };
  await session.transaction(async () => {
    await createRole(session, lease, terms);
    await refusePower(session, role);
    await bookLease(session, lease, order);
    await noteLease(session, lease, 'minted', order.by, { database, lentTo });
  });
  return lease;
}

/** When the password stops working by itself, as SQL. */
export function validUntil(expiresAt: Date): string {
  return literal(new Date(expiresAt.getTime() + failSafeMs).toISOString());
}

/** @throws LEASE_TTL when a lease would last for nothing, or for longer than any may */
export function requireTtl(ttlMs: number, maximumMs: number): void {
  if (ttlMs > 0 && ttlMs <= maximumMs) return;
  const hours = Math.round(maximumMs / 36_000) / 100;
  throw new DrydockError('LEASE_TTL', `A lease lasts for ${hours} hours at most, extensions included.`, {
    hint: 'Ask for a time within that, or raise lease.maximum in drydock.yaml.',
  });
}

async function createRole(
  session: Session,
  { role, profile, database, target, expiresAt }: Lease,
  terms: LeaseTerms,
): Promise<void> {
  const name = identifier(role);
  const memberships = [profile, connectRole(database)].map(identifier).join(', ');
  await session.script(
    [
      `create role ${name} login connection limit ${terms.connections}
       password ${literal(scramVerifier(target.password))} valid until ${validUntil(expiresAt)}`,
      // whoever could act as the profile itself would leave things behind that are the profile's, and outlive the lease
      `grant ${memberships} to ${name}${await withoutSetRole(session)}`,
      // advice to well-behaved clients: a session can reset them, and the keeper enforces the limits from outside
      `alter role ${name} set statement_timeout = ${terms.statementMs}`,
      `alter role ${name} set idle_in_transaction_session_timeout = ${terms.idleMs}`,
      ...(await byPower(session, name)),
    ].join(';\n'),
  );
}

/** Before Postgres 16 no membership comes without SET ROLE: there the attack shows what a lease can leave behind. */
async function withoutSetRole(session: Session): Promise<string> {
  const { version } = await session.row<{ version: number }>(
    "select pg_catalog.current_setting('server_version_num')::int as version",
  );
  return version >= 160_000 ? ' with inherit true, set false' : '';
}

async function byPower(session: Session, name: string): Promise<string[]> {
  const { minter, superuser } = await session.row<{ minter: string; superuser: boolean }>(
    'select rolname as minter, rolsuper as superuser from pg_catalog.pg_roles where rolname = current_user',
  );
  // the server writes down what a lease does, and no session of it can reset that
  if (superuser) return [`alter role ${name} set log_statement = 'all'`];
  // whoever is not superuser can end the sessions and drop the objects only of roles that it is a member of
  return [`grant ${name} to ${identifier(minter)}`];
}

/** A lease, and every role it is a member of, must be without any attribute that stands above grants. */
async function refusePower(session: Session, role: string): Promise<void> {
  const { rows } = await session.query<{ rolname: string }>(
    `select reachable.rolname from pg_catalog.pg_roles as reachable
     where pg_catalog.pg_has_role($1, reachable.oid, 'member')
       and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
    [role],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ rolname }) => rolname).join(', ');
  throw new DrydockError('LEASE_TOO_POWERFUL', `A lease would stand above its grants through ${names}.`, {
    hint: 'Take superuser, bypassrls, createrole, createdb and replication from it, or revoke the membership.',
  });
}

async function bookLease(session: Session, lease: Lease, { by, terms }: LeaseOrder): Promise<void> {
  const { role, profile, database, lentTo, createdAt, expiresAt, latestExpiry } = lease;
  await session.query(
    `insert into drydock.lease (
         role_name, role_oid, profile, database_name, lent_to, minted_by, minted_at, expires_at, latest_expiry,
         statement_limit, transaction_limit, idle_limit
     )
     select rolname, oid, $2, $3, $4, $5, $6, $7, $8,
         pg_catalog.make_interval(secs => $9), pg_catalog.make_interval(secs => $10), pg_catalog.make_interval(secs => $11)
     from pg_catalog.pg_roles where rolname = $1`,
    [
      ...[role, profile, database, lentTo, by],
      ...[createdAt, expiresAt, latestExpiry].map((moment) => moment.toISOString()),
      ...[terms.statementMs, terms.transactionMs, terms.idleMs].map((milliseconds) => milliseconds / 1000),
    ],
  );
}

async function requireDatabase(session: Session, database: string): Promise<void> {
  const { rows } = await session.query(
    `select from pg_catalog.pg_database as db
     join pg_catalog.pg_roles as role on role.rolname = $2
     where db.datname = $1 and pg_catalog.has_database_privilege(role.oid, db.oid, 'connect')`,
    [database, connectRole(database)],
  );
  if (rows.length > 0) return;
  throw new DrydockError('LEASE_NO_DATABASE', `No lease opens the database ${database} yet.`, {
    hint: `Run "drydock apply" for the project's own; for another run "select drydock.open_database('NAME')" on it.`,
  });
}

/** As much of a text as fits into that many bytes, without half a character at its end. */
function firstBytes(text: string, bytes: number): string {
  let fitting = '';
  for (const character of text) {
    if (Buffer.byteLength(fitting + character) > bytes) break;
    fitting += character;
  }
  return fitting;
}
