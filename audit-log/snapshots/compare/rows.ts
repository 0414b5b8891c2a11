import { DrydockError } from '../../../ops/errors.ts';
import { DuckDb } from '../../duckdb.ts';
import { csvSource, duckColumns } from '../csv-source.ts';
import type { ExportedTable } from '../export.ts';
import { Judge, type RowChanges } from './judge.ts';
import { complaint } from './load.ts';
import type { CompareRules, StableKey } from './rules.ts';

export interface Side {
  readonly folder: string;
  readonly table: ExportedTable;
}

/**
 * Compares the rows of a table by their stable key. DuckDB finds the rows whose values differ, by a hash of 64 bits;
 * only those are looked at one by one.
 * @param columns to be compared, beside the key
 * @throws SNAPSHOT_KEY when two rows of one snapshot have the same key; SNAPSHOT_FILE when not all rows could be read
 */
export async function compareRows(
  duck: DuckDb,
  before: Side,
  after: Side,
  key: StableKey,
  columns: readonly string[],
  rules: CompareRules,
): Promise<RowChanges> {
  await loadHashes(duck, 'was', before, key.columns, columns);
  await loadHashes(duck, 'now', after, key.columns, columns);
  await duck.run(`create or replace temp table differing as ${differing(key.columns)}`);
  await duck.run(`create or replace temp table was as ${details(before, key.columns, columns)}`);
  await duck.run(`create or replace temp table now as ${details(after, key.columns, columns)}`);
  const compared = columns.map((name) => ({ name, type: typeOf(after.table, name) }));
  const judge = new Judge(compared, nameOf(after.table), rules);
  for await (const rows of duck.pieces(valuesOfBoth(key.columns, columns)))
    for (const row of rows) judge.take(row, key.columns.length);
  return judge.result();
}

/** Keys and hashes of all rows, as a table; with all of the rows, and each key once. */
async function loadHashes(
  duck: DuckDb,
  name: 'was' | 'now',
  side: Side,
  key: readonly string[],
  columns: readonly string[],
): Promise<void> {
  const hash = columns.length > 0 ? `hash(${duckColumns(columns)})` : 'hash(0)';
  await duck.run(
    `create or replace temp table ${name} as select ${duckColumns(key)}, ${hash} as hash from ${csvSource(side, false)}`,
  );
  const [read] = await duck.rows<{ rows: string }>(`select count(*) as rows from ${name}`);
  if (Number(read!.rows) !== side.table.rows)
    throw complaint(side.folder, `cannot be read: ${side.table.file} gives ${read!.rows} rows of ${side.table.rows}`);
  // what a constraint of the database held apart need not be looked at again
  if (side.table.key?.join('\n') !== key.join('\n')) await requireUnique(duck, name, side, key);
}

async function requireUnique(
  duck: DuckDb,
  name: string,
  { folder, table }: Side,
  key: readonly string[],
): Promise<void> {
  const [twice] = await duck.rows<Record<string, string | null>>(
    `select ${duckColumns(key)}, count(*)::varchar as "times of a key" from ${name} group by all having count(*) > 1 limit 1`,
  );
  if (!twice) return;
  const { 'times of a key': times, ...values } = twice;
  throw new DrydockError(
    'SNAPSHOT_KEY',
    `${nameOf(table)} in ${folder} has ${times} rows with the key ${key.join(', ')} = ${Object.values(values).join(', ')}.`,
    { hint: `Name columns that tell its rows apart: --keys ${table.table}=column,column.` },
  );
}

/** Keys whose rows differ, and how. */
function differing(key: readonly string[]): string {
  const keys = key.map((name) => {
    const [was, now, own] = [duckColumns([name], 'was.'), duckColumns([name], 'now.'), duckColumns([name])];
    return `case when was.hash is null then ${now} else ${was} end as ${own}`;
  });
  return `select ${keys.join(', ')},
      case when was.hash is null then 'added' when now.hash is null then 'removed' else 'changed' end as kind
    from was full join now on ${sameKey(key, 'was', 'now')}
    where was.hash is distinct from now.hash`;
}

/** The values of the rows that differ; the file is read again, because to keep all values would take its size. */
function details(side: Side, key: readonly string[], columns: readonly string[]): string {
  return `select ${duckColumns([...key, ...columns], 'row.')} from ${csvSource(side, false)} as row
    semi join differing on ${sameKey(key, 'differing', 'row')}`;
}

function valuesOfBoth(key: readonly string[], columns: readonly string[]): string {
  const values = columns.length > 0 ? [duckColumns(columns, 'was.'), duckColumns(columns, 'now.')] : [];
  return `select ${['differing.kind', duckColumns(key, 'differing.'), ...values].join(', ')} from differing
    left join was on ${sameKey(key, 'differing', 'was')}
    left join now on ${sameKey(key, 'differing', 'now')}
    order by ${duckColumns(key, 'differing.')}`;
}

/** A null is equal to a null. */
function sameKey(key: readonly string[], one: string, other: string): string {
  return key
    .map((name) => `${duckColumns([name], `${one}.`)} is not distinct from ${duckColumns([name], `${other}.`)}`)
    .join(' and ');
}

function nameOf({ schema, table }: ExportedTable): string {
  return `${schema}.${table}`;
}

function typeOf(table: ExportedTable, name: string): string {
  return table.columns.find((one) => one.name === name)!.type;
}
