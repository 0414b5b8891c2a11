import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../ops/evidence.ts';
import { DuckDb, duckName, duckText } from '../duckdb.ts';
import { csvSource, unreadableFor } from './csv-source.ts';
import type { ExportedTable } from './export.ts';
import { nameOf } from './tables.ts';
import type { Cut } from './traverse.ts';

/** The typed copy of a table's CSV, for analyses. */
export interface ParquetFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Columns that stay text: Parquet has no type that holds every value of theirs exactly. */
  readonly as_text: readonly string[];
}

/**
 * Writes a Parquet file beside each CSV of a snapshot. A column gets a type where that holds every value exactly, so
 * that nothing is rounded, moved or lost by the copy.
 */
export async function writeParquet<T extends ExportedTable>(folder: string, tables: readonly T[]): Promise<T[]> {
  await using duck = await DuckDb.open({ folders: [folder] });
  const written: T[] = [];
  for (const table of tables) {
    written.push(unreadableFor(table) ? table : { ...table, parquet: await parquetOf(duck, folder, table) });
  }
  return written;
}

/** Tables that get no Parquet file, and why. */
export function withoutParquet(tables: readonly ExportedTable[]): Cut[] {
  return tables.flatMap((table) => {
    const why = unreadableFor(table);
    return why ? [{ where: nameOf(table), reason: `no Parquet file, because ${why}` }] : [];
  });
}

async function parquetOf(duck: DuckDb, folder: string, table: ExportedTable): Promise<ParquetFile> {
  const source = csvSource({ folder, table }, false);
  const typed = await columnsThatFit(duck, source, table);
  const list = table.columns.map(({ name }) => {
    const type = typed.get(name);
    return type ? `cast(${duckName(name)} as ${type}) as ${duckName(name)}` : duckName(name);
  });
  const file = table.file.replace(/\.csv(\.zst)?$/, '.parquet');
  const path = join(folder, file);
  await duck.run(
    `copy (select ${list.join(', ')} from ${source}) to ${duckText(path)} (format parquet, compression zstd)`,
  );
  await chmod(path, 0o600);
  const as_text = table.columns.map(({ name }) => name).filter((name) => !typed.has(name));
  return { file, bytes: (await stat(path)).size, sha256: await sha256OfFile(path), as_text };
}

/** The type of each column that has one of which every value comes back as it was. */
async function columnsThatFit(duck: DuckDb, source: string, table: ExportedTable): Promise<Map<string, string>> {
  const candidates = table.columns.flatMap(({ name, type }) => {
    const exact = exactType(type);
    return exact ? [{ name, exact }] : [];
  });
  if (candidates.length === 0) return new Map();
  const misfits = candidates.map(
    ({ name, exact }, at) =>
      `count(*) filter (where ${duckName(name)} is not null and try_cast(${duckName(name)} as ${exact}) is null) as c${at}`,
  );
  const [counts] = await duck.rows<Record<string, string>>(`select ${misfits.join(', ')} from ${source}`);
  return new Map(candidates.flatMap(({ name, exact }, at) => (counts![`c${at}`] === '0' ? [[name, exact]] : [])));
}

const sameInBoth: Record<string, string> = {
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  real: 'float',
  'double precision': 'double',
  boolean: 'boolean',
  uuid: 'uuid',
  date: 'date',
};

/** What DuckDB calls a type of Postgres that it has exactly. */
function exactType(type: string): string | undefined {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) return Number(precision) <= 38 ? `decimal(${precision}, ${scale})` : undefined;
  if (/^timestamp(\(\d\))? with time zone$/.test(type)) return 'timestamptz';
  if (/^timestamp(\(\d\))? without time zone$/.test(type)) return 'timestamp';
  return sameInBoth[type];
}
