import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** Runs `ops/sql/clones/NAME.sql`. @returns its rows */
export async function cloneQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'clones', `${name}.sql`));
  return (await runStatement<R>(session, file, { values })).rows;
}

/** The query that `ops/sql/clones/NAME.sql` writes; null where there is nothing to ask for. */
export async function queryWrittenBy(session: Session, name: string, values: unknown[] = []): Promise<string | null> {
  const [written] = await cloneQuery<{ query: string | null }>(session, name, values);
  return written!.query;
}

/** Runs the query that `ops/sql/clones/NAME.sql` writes. @returns the rows of that */
export async function writtenQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const query = await queryWrittenBy(session, name, values);
  return query === null ? [] : (await session.query<R>(query)).rows;
}
