import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** The rows of a file in ops/sql/snapshots: questions to the catalog, which Drydock asks itself. */
export async function catalogRows<R>(session: Session, name: string, values?: unknown[]): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'snapshots', `${name}.sql`));
  const { rows } = await runStatement<R>(session, file, values ? { values } : {});
  return rows;
}
