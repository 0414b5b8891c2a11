import { join } from 'node:path';
import { duckName, duckText } from '../duckdb.ts';
import type { ExportedTable } from './export.ts';

/** A table of a snapshot, and the folder that its file is in. */
export interface SnapshotTable {
  readonly folder: string;
  readonly table: Pick<ExportedTable, 'file' | 'columns' | 'longest_row'>;
}

/** Bytes that DuckDB reads at once and per thread; with its own 32 MB two files would take more memory than their rows. */
const readAtOnce = 8 << 20;

/**
 * The file of a table in a `from` of DuckDB. An unquoted nothing is NULL, and `""` is the empty text.
 * @param typed whether columns are read as the types they have in Postgres, or as the texts that they are
 */
export function csvSource({ folder, table }: SnapshotTable, typed: boolean): string {
  const columns = table.columns.map(({ name, type }) => `${duckText(name)}: '${typed ? duckType(type) : 'VARCHAR'}'`);
  const longest = Math.max(table.longest_row, 1 << 20);
  return `read_csv(${duckText(join(folder, table.file))}, auto_detect = false, header = true, delim = ',', quote = '"',
    escape = '"', nullstr = '', allow_quoted_nulls = false, compression = ${table.file.endsWith('.zst') ? "'zstd'" : "'none'"},
    max_line_size = ${longest}, buffer_size = ${Math.max(readAtOnce, 2 * longest)}, columns = {${columns.join(', ')}})`;
}

/** Why DuckDB cannot read a table: it takes names that differ in case only for one. */
export function unreadableFor({ columns }: Pick<ExportedTable, 'columns'>): string | undefined {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) return `its columns ${other} and ${name} differ in case only`;
    seen.set(name.toLowerCase(), name);
  }
  return undefined;
}

export function duckColumns(names: readonly string[], prefix = ''): string {
  return names.map((name) => `${prefix}${duckName(name)}`).join(', ');
}

/** What DuckDB calls a type of Postgres; text for what it has no equal of. */
function duckType(type: string): string {
  if (/^(smallint|integer|bigint)$/.test(type)) return 'BIGINT';
  if (/^(numeric|real|double precision)/.test(type)) return 'DOUBLE';
  if (/^timestamp.* with time zone$/.test(type)) return 'TIMESTAMPTZ';
  if (type.startsWith('timestamp')) return 'TIMESTAMP';
  if (type === 'boolean') return 'BOOLEAN';
  if (type === 'date') return 'DATE';
  return /^jsonb?$/.test(type) ? 'JSON' : 'VARCHAR';
}
