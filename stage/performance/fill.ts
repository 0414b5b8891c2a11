import { codeOf, messageOf } from '../../ops/errors.ts';
import { qualified, type Session } from '../../ops/postgres/index.ts';
import type { Share } from '../step.ts';
import { isSqlState } from './answer.ts';
import { makeRows, type RowMaker } from './rows.ts';
import type { ScaledTable } from './scale.ts';

/** How far a table could be filled. */
export interface FilledTable {
  /** `schema.table` */
  readonly table: string;
  readonly wanted: number;
  readonly rows: number;
  /** Why it is empty. */
  readonly problem: string | null;
}

/**
 * Fills tables with generated rows, parents before children, the same rows each time. Triggers of the project fire as for
 * anybody; only the change log is left out, which would double the work. Call it in a database that nobody else uses.
 */
export async function fillTables(
  session: Session,
  tables: readonly ScaledTable[],
  progress: (line: string, share: Share) => void,
): Promise<FilledTable[]> {
  // the planner thinks that checks leave few rows, and would look through all parents for each of them
  await session.query('set enable_nestloop = off');
  const filled: FilledTable[] = [];
  for (const [done, table] of tables.entries()) {
    progress(`${table.rows} rows for ${table.schema}.${table.name}`, { done, total: tables.length });
    filled.push(await fillTable(session, table));
  }
  // what readers would tidy up on their way is tidied up before anybody is timed
  for (const { schema, name } of tables) await session.query(`vacuum (analyze) ${qualified(schema, name)}`);
  return filled;
}

async function fillTable(session: Session, table: ScaledTable): Promise<FilledTable> {
  const filled = { table: `${table.schema}.${table.name}`, wanted: table.rows };
  let problem = '';
  for (const plain of [false, true]) {
    const maker = await makeRows(session, table, plain);
    const { rows, refused } = await insertRows(session, table, maker);
    if (rows > 0) return { ...filled, rows, problem: null };
    problem = refused ?? 'its constraints accept no row that could be made';
  }
  return { ...filled, rows: 0, problem };
}

/** What refuses rich rows may take plain ones: a refusal is an answer here, and any other error is none. */
async function insertRows(
  session: Session,
  { schema, name }: ScaledTable,
  { columns, select }: RowMaker,
): Promise<{ rows: number; refused?: string }> {
  const target = qualified(schema, name);
  const rows = columns.length === 0 ? 'default values' : `(${columns.join(', ')}) ${select} on conflict do nothing`;
  await session.query(`alter table ${target} disable trigger drydock_log_insert`);
  try {
    const { rowCount } = await session.query(`insert into ${target} ${rows}`);
    return { rows: rowCount };
  } catch (error) {
    if (isSqlState(codeOf(error))) return { rows: 0, refused: messageOf(error) };
    throw error;
  } finally {
    await session.query(`alter table ${target} enable always trigger drydock_log_insert`);
  }
}
