import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** Runs `ops/sql/clones/NAME.sql`. @returns its rows */
export async function cloneQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'clones', `${name}.sql`));
  return (await runStatement<R>(session, file, { values })).rows;
}

/** Runs the query that `ops/sql/clones/NAME.sql` writes. @returns its rows; none where there is nothing to ask for */
export async function writtenQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const [written] = await cloneQuery<{ query: string | null }>(session, name, values);
  return written?.query ? (await session.query<R>(written.query)).rows : [];
}
