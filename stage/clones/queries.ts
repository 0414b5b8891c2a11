import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** Runs `ops/sql/clones/NAME.sql`. @returns its rows */
export async function cloneQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'clones', `${name}.sql`));
  return (await runStatement<R>(session, file, { values })).rows;
}

/** The queries that `ops/sql/clones/NAME.sql` writes; none where there is nothing to ask for. */
export async function queriesWrittenBy(session: Session, name: string, values: unknown[] = []): Promise<string[]> {
  const written = await cloneQuery<{ query: string | null }>(session, name, values);
  return written.flatMap(({ query }) => query ?? []);
}

/** Runs the queries that `ops/sql/clones/NAME.sql` writes. @returns the rows of all */
export async function writtenQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const rows: R[] = [];
  for (const query of await queriesWrittenBy(session, name, values)) rows.push(...(await session.query<R>(query)).rows);
  return rows;
}
