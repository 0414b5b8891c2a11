import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';
import { notReady } from './not-ready.ts';

/**
 * Runs a query of ops/sql/tool-events/queries.
 * @throws DrydockError EVENTS_NO_TABLE where the login may not read
 */
export async function queryEvents<Row>(session: Session, name: string, values: readonly unknown[]): Promise<Row[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'tool-events/queries', `${name}.sql`));
  try {
    return (await runStatement<Row>(session, file, { values: [...values] })).rows;
  } catch (error) {
    throw notReady(error, 'tool_event_reader');
  }
}
