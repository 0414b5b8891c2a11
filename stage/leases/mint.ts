import { randomBytes } from 'node:crypto';
import { connectRole } from '../../ops/contract/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { identifier, literal, scramVerifier, type Session, type Target } from '../../ops/postgres/index.ts';

/** A login that ends: a role of its own, member of a profile and of one database's connect role. */
export interface Lease {
  readonly role: string;
  readonly profile: string;
  readonly database: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Where and how to log in. Holds the password: never print or store it. */
  readonly target: Target;
}

export interface LeaseOrder {
  readonly profile: string;
  readonly database: string;
  readonly ttlMs: number;
  readonly by: string;
  readonly now: Date;
}

/** Should the keeper die, the password stops working this long after the lease's end. */
const failSafeMs = 5000;
const connectionLimit = 20;

/**
 * Mints a lease. The password goes to the server as a SCRAM verifier only.
 * @param session the administrator's, on the lease's database
 * @throws LEASE_TOO_POWERFUL when the profile gives more than its grants
 */
export async function mintLease(session: Session, order: LeaseOrder): Promise<Lease> {
  const role = `${order.profile.slice(0, 50)}_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(24).toString('base64url');
  const expiresAt = new Date(order.now.getTime() + order.ttlMs);
  const validUntil = new Date(expiresAt.getTime() + failSafeMs).toISOString();
  await session.transaction(async () => {
    await session.query(
      `create role ${identifier(role)} login connection limit ${connectionLimit}
       password ${literal(scramVerifier(password))} valid until ${literal(validUntil)}`,
    );
    const memberships = [order.profile, connectRole(order.database)].map(identifier).join(', ');
    await session.query(`grant ${memberships} to ${identifier(role)}`);
    await refusePower(session, role);
    await noteLease(session, { role, profile: order.profile, expiresAt }, 'minted', order.by);
  });
  return {
    role,
    profile: order.profile,
    database: order.database,
    createdAt: order.now,
    expiresAt,
    target: { ...session.target, user: role, password, database: order.database },
  };
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

/** Writes a line of a lease's life to audit.lease_event. */
export async function noteLease(
  session: Session,
  lease: Pick<Lease, 'role' | 'profile' | 'expiresAt'>,
  event: 'minted' | 'extended' | 'used' | 'ended',
  by: string,
  detail: object = {},
): Promise<void> {
  await session.query(
    'insert into audit.lease_event (lease, profile, event, expires_at, by, detail) values ($1, $2, $3, $4, $5, $6)',
    [lease.role, lease.profile, event, lease.expiresAt.toISOString(), by, JSON.stringify(detail)],
  );
}
