import { DrydockError } from '../../ops/errors.ts';
import { identifier, serverMessage, type Session } from '../../ops/postgres/index.ts';
import { noteLease, type Lease } from './mint.ts';

/** What ending a lease came to, as counted afterwards. */
export interface EndedLease {
  readonly role: string;
  readonly sessionsEnded: number;
  /** Entries in pg_shdepend that name the role after it is gone: 0. */
  readonly traces: number;
}

const terminateTimeoutMs = 5000;

/**
 * Ends a lease: no new login, no session, no role, no trace. Each step is committed before the next, because a session
 * that reconnects between them would survive; sessions are found by role id, which a rename cannot change.
 * @throws LEASE_NOT_ENDED, with the role locked out, when something of it cannot be removed
 */
export async function endLease(session: Session, lease: Lease, by: string): Promise<EndedLease> {
  const { oid } = await session.row<{ oid: number }>('select oid::int8 from pg_catalog.pg_roles where rolname = $1', [
    lease.role,
  ]);
  await session.query(`alter role ${identifier(lease.role)} nologin connection limit 0`);
  const sessionsEnded = await terminateSessions(session, lease, oid);
  await dropRole(session, lease);
  const traces = await tracesOf(session, oid);
  await noteLease(session, lease, 'ended', by, { sessionsEnded, traces });
  return { role: lease.role, sessionsEnded, traces };
}

async function terminateSessions(session: Session, lease: Lease, oid: number): Promise<number> {
  const { rows } = await session.query<{ ended: boolean }>(
    `select pg_catalog.pg_terminate_backend(pid, ${terminateTimeoutMs}) as ended
     from pg_catalog.pg_stat_activity where usesysid = $1::int8::oid`,
    [oid],
  );
  const { left } = await session.row<{ left: number }>(
    'select count(*) as left from pg_catalog.pg_stat_activity where usesysid = $1::int8::oid',
    [oid],
  );
  if (left === 0) return rows.length;
  throw notEnded(lease, `${left} of its sessions did not end within ${terminateTimeoutMs} ms`);
}

async function dropRole(session: Session, lease: Lease): Promise<void> {
  try {
    await session.query(`drop owned by ${identifier(lease.role)}`);
    await session.query(`drop role ${identifier(lease.role)}`);
  } catch (error) {
    throw notEnded(lease, serverMessage(error), error);
  }
}

async function tracesOf(session: Session, oid: number): Promise<number> {
  const { traces } = await session.row<{ traces: number }>(
    `select (select count(*) from pg_catalog.pg_shdepend
             where refclassid = 'pg_catalog.pg_authid'::regclass and refobjid = $1::int8::oid)
          + (select count(*) from pg_catalog.pg_auth_members where $1::int8::oid in (roleid, member)) as traces`,
    [oid],
  );
  return traces;
}

function notEnded(lease: Lease, why: string, cause?: unknown): DrydockError {
  return new DrydockError('LEASE_NOT_ENDED', `The lease ${lease.role} is locked out but not gone: ${why}.`, {
    hint: 'Remove what it left behind and end it again; it cannot log in meanwhile.',
    cause,
  });
}
