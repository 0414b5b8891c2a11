import { DrydockError } from '../../../ops/errors.ts';
import type { ComparableTable } from './table.ts';

/** What is compared, by table or for all: stable keys, columns that do not count, differences that do not. */
export interface CompareRules {
  /** By table: the columns that name a row in both snapshots. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** `column` of any table, or `schema.table.column`. */
  readonly ignore: ReadonlySet<string>;
  /** Likewise; a number, or seconds where the column is a time. */
  readonly tolerance: ReadonlyMap<string, number>;
}

export interface StableKey {
  readonly columns: readonly string[];
  readonly from: 'given' | 'default' | 'primary key';
}

/** Keys of results that are computed again and again under new ids: intermediate ones, then final ones. */
const defaultKeys = [
  ['run_id', 'source_data_source_id', 'analysis_kind', 'group_kind', 'level', 'start_date', 'end_date'],
  ['run_id', 'source_data_source_id'],
];

/**
 * The columns by which a row of one snapshot is found in the other.
 * @throws SNAPSHOT_KEY for a given key with a column that is not in both
 */
export function stableKey(rules: CompareRules, before: ComparableTable, after: ComparableTable): StableKey | undefined {
  const isInBoth = (name: string) => [before, after].every(({ columns }) => columns.some((one) => one.name === name));
  const name = `${before.schema}.${before.table}`;
  const given = rules.keys.get(name) ?? rules.keys.get(before.table);
  if (given) {
    const absent = given.find((column) => !isInBoth(column));
    if (absent === undefined) return { columns: given, from: 'given' };
    throw new DrydockError('SNAPSHOT_KEY', `${name} has no column ${absent} in both snapshots, and its key names it.`, {
      hint: 'Name columns that both snapshots hold: --keys table=column,column.',
    });
  }
  const usual = defaultKeys.find((columns) => columns.every(isInBoth));
  if (usual) return { columns: usual, from: 'default' };
  return before.key?.every(isInBoth) ? { columns: before.key, from: 'primary key' } : undefined;
}

export function ruleFor<T>(rules: ReadonlyMap<string, T>, table: string, column: string): T | undefined {
  return rules.get(`${table}.${column}`) ?? rules.get(column);
}
