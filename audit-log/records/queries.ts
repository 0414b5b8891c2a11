import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, Session, type Target } from '../../ops/postgres/index.ts';

/** Runs a query of ops/sql/records/queries. */
export async function recordQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'records/queries', `${name}.sql`));
  return (await runStatement<R>(session, file, { values })).rows;
}

/**
 * A session in which times and numbers have the one spelling that leaves are made of.
 * @param cancel cancels what is under way
 */
export async function recordSession(
  target: Target,
  applicationName = 'drydock records',
  cancel?: AbortSignal,
): Promise<Session> {
  const session = await Session.open(target, { applicationName, cancel });
  await session.script("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set work_mem = '64MB'");
  return session;
}

/** Records of a range of transactions, packed as a seal has them. */
export async function packedRecords(session: Session, from: string, to: string): Promise<Buffer> {
  const rows = await recordQuery<{ packed: Buffer }>(session, 'packed', [from, to]);
  return Buffer.concat(rows.map(({ packed }) => packed));
}

/** Which server and database this is: a seal of another one is not comparable. */
export async function databaseIdentity(session: Session): Promise<string> {
  const { identity } = await session.row<{ identity: string }>(
    "select system_identifier || '/' || pg_catalog.current_database() as identity from pg_catalog.pg_control_system()",
  );
  return identity;
}
