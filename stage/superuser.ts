import type { Session } from '../ops/postgres/index.ts';

/** Whether the session's login stands above all rights. On a managed server nobody's does. */
export async function isSuperuser(session: Session): Promise<boolean> {
  const { superuser } = await session.row<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_catalog.pg_roles where rolname = session_user',
  );
  return superuser;
}
