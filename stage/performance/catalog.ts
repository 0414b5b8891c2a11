import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** Runs one of the files in ops/sql/performance. */
export async function ask<Row>(session: Session, name: string, ...values: unknown[]): Promise<Row[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'performance', `${name}.sql`));
  const { rows } = await runStatement<Row>(session, file, { values });
  return rows;
}
