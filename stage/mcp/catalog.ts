import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** Runs `ops/sql/mcp/NAME.sql`. @returns its rows */
export async function catalogQuery<R>(session: Session, name: string, values: unknown[] = []): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'mcp', `${name}.sql`));
  return (await runStatement<R>(session, file, { values })).rows;
}
