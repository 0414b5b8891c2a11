import { literal } from '../../ops/postgres/index.ts';
import { column, typeOf, type Key, type Table } from './tables.ts';

/** Keys that one statement names: enough that the round trips do not count, few enough that an index is used. */
const keysPerStatement = 5000;

export function pieces(keys: readonly Key[]): Key[][] {
  const cut: Key[][] = [];
  for (let at = 0; at < keys.length; at += keysPerStatement) cut.push(keys.slice(at, at + keysPerStatement) as Key[]);
  return cut;
}

/**
 * The condition that some columns have one of the given values, handed over as one array per column.
 * @param keys as literals, where COPY takes no parameters; or 'parameters' for $1, $2 …; or 'shown' for what a manifest says
 */
export function keyedSelect(
  table: Table,
  columns: readonly string[],
  keys: readonly Key[] | 'parameters' | 'shown',
): string {
  const arrays = columns.map((name, at) => `${arrayOf(keys, at)}::text[]::${typeOf(table, name)}[]`);
  if (columns.length === 1) return `${column(columns[0]!)} = any (${arrays[0]})`;
  return `(${columns.map(column).join(', ')}) in (select * from unnest(${arrays.join(', ')}))`;
}

function arrayOf(keys: readonly Key[] | 'parameters' | 'shown', at: number): string {
  if (keys === 'parameters') return `$${at + 1}`;
  if (keys === 'shown') return `:keys_${at + 1}`;
  const items = keys.map((key) => `"${key[at]!.replace(/["\\]/g, '\\$&')}"`);
  return literal(`{${items.join(',')}}`);
}
