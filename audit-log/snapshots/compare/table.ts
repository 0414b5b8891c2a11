import type { ExportedTable } from '../export.ts';
import type { RowChanges } from './judge.ts';
import type { CompareRules, StableKey } from './rules.ts';

/** As much of a table as says what of it can be compared. */
export type ComparableTable = Pick<ExportedTable, 'schema' | 'table' | 'key' | 'columns'>;

export interface TableComparison {
  readonly table: string;
  readonly key: StableKey | null;
  readonly rows: { readonly before: number | null; readonly after: number | null; readonly delta: number | null };
  readonly columns: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly ignored: readonly string[];
  };
  /** Null when the rows could not be compared. */
  readonly changes: RowChanges | null;
  readonly not_compared: string | null;
}

/** What of two tables' columns is compared beside the key, and what is said of the others. */
export function columnsOf(
  was: ComparableTable,
  is: ComparableTable,
  key: StableKey | undefined,
  rules: CompareRules,
): { readonly compared: readonly string[]; readonly described: TableComparison['columns'] } {
  const [old, now] = [was, is].map(({ columns }) => columns.map((column) => column.name)) as [string[], string[]];
  const isIgnored = (column: string) =>
    rules.ignore.has(column) || rules.ignore.has(`${is.schema}.${is.table}.${column}`);
  const common = now.filter((column) => old.includes(column) && !key?.columns.includes(column));
  return {
    compared: common.filter((column) => !isIgnored(column)),
    described: {
      added: now.filter((column) => !old.includes(column)),
      removed: old.filter((column) => !now.includes(column)),
      ignored: common.filter(isIgnored),
    },
  };
}

/** A table of which nothing is known but its rows. */
export function notCompared(table: string, before: number | null, after: number | null, why: string): TableComparison {
  const delta = before !== null && after !== null ? after - before : null;
  const columns = { added: [], removed: [], ignored: [] };
  return { table, key: null, rows: { before, after, delta }, columns, changes: null, not_compared: why };
}
