import type { Session } from './session.ts';

const known = new WeakMap<Session, boolean>();

/** Whether the session's login stands above all rights, asked once. On a managed server nobody's does. */
export async function isSuperuser(session: Session): Promise<boolean> {
  const asked = known.get(session);
  if (asked !== undefined) return asked;
  const { superuser } = await session.row<{ superuser: boolean }>(
    'select rolsuper as superuser from pg_catalog.pg_roles where rolname = session_user',
  );
  known.set(session, superuser);
  return superuser;
}
