import type { Session } from '../../ops/postgres/index.ts';

/** Any number will do, as long as every Drydock takes the same. */
const cloneLock = 0x0d12d0e;

/**
 * Keeps the template as it is while it is copied (`shared`), or to oneself while it is replaced. The lock ends with the
 * session, however that ends.
 * @param server a session on the database `postgres`: the lock is that database's
 */
export async function lockTemplate(server: Session, mode: 'shared' | 'exclusive'): Promise<AsyncDisposable> {
  const kind = mode === 'shared' ? '_shared' : '';
  await server.query(`select pg_catalog.pg_advisory_lock${kind}($1)`, [cloneLock]);
  return {
    [Symbol.asyncDispose]: async () => {
      await server.query(`select pg_catalog.pg_advisory_unlock${kind}($1)`, [cloneLock]);
    },
  };
}

/** The same to oneself, or nothing when somebody is at work with the template. */
export async function tryLockTemplate(server: Session): Promise<AsyncDisposable | undefined> {
  const { free } = await server.row<{ free: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as free', [
    cloneLock,
  ]);
  if (!free) return undefined;
  return {
    [Symbol.asyncDispose]: async () => {
      await server.query('select pg_catalog.pg_advisory_unlock($1)', [cloneLock]);
    },
  };
}
