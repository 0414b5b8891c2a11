import { codeOf, DrydockError } from '../../ops/errors.ts';
import { ScriptFailure, SqlError, type Session } from '../../ops/postgres/index.ts';
import { leaseQuery } from './queries.ts';

/** Nothing that ends a lease waits longer than this for a lock of somebody else's; the next look tries again. */
export const lockPatienceMs = 2000;

const lockNotAvailable = '55P03';

/** Bounds what a session waits for locks, until the scope ends. */
export async function waitBriefly(session: Session): Promise<AsyncDisposable> {
  const set = "select pg_catalog.set_config('lock_timeout', $1, false)";
  const { lock_timeout } = await session.row<{ lock_timeout: string }>('show lock_timeout');
  await session.query(set, [String(lockPatienceMs)]);
  return {
    async [Symbol.asyncDispose]() {
      if (session.isOpen) await session.query(set, [lock_timeout]);
    },
  };
}

/** What went wrong while the leases were looked after; where that was waiting for their books, who holds them. */
export async function orWhoHoldsTheBooks(session: Session, error: unknown): Promise<unknown> {
  if (sqlstateOf(error) !== lockNotAvailable) return error;
  const holders = await leaseQuery<{ role: string; application: string | null; pid: number | null }>(
    session,
    'books_held',
  );
  const who = holders.map(({ role, application, pid }) =>
    pid === null ? role : `${role} (${application || 'unnamed'}, process ${pid})`,
  );
  return new DrydockError(
    'LEASE_BOOKS_HELD',
    `The books of the leases are held by ${who.join(', ') || 'nobody now'}.`,
    {
      hint: 'Let that session finish or end it. Leases that are over cannot log in meanwhile, and lose their sessions.',
      cause: error,
    },
  );
}

function sqlstateOf(error: unknown): string | undefined {
  if (error instanceof SqlError) return error.sqlstate;
  return codeOf(error instanceof ScriptFailure ? error.cause : error);
}
