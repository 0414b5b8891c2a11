import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../../ops/postgres/index.ts';
import { literal } from '../../ops/postgres/index.ts';
import type { Reach } from './chosen.ts';
import { selected, type ExportedColumn } from './columns.ts';
import { CsvFile } from './csv-file.ts';
import { keyedSelect, pieces } from './keyed.ts';
import type { Meter } from './meter.ts';
import type { ParquetFile } from './parquet.ts';
import { catalogRows } from './queries.ts';
import { column, nameOf, orderBy, source, typeOf, type Key, type Table } from './tables.ts';

/** A table to be exported, as statements whose rows follow each other. */
export interface TableExport {
  readonly table: Table;
  readonly reach: Reach;
  readonly columns: readonly ExportedColumn[];
  readonly selects: readonly { readonly select: string; readonly shown?: string }[];
}

/** A table in a snapshot. */
export interface ExportedTable {
  readonly schema: string;
  readonly table: string;
  readonly reach: Reach;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Bytes of the longest row, which a reader must be able to hold at once. */
  readonly longest_row: number;
  readonly sha256: string;
  readonly key: readonly string[] | null;
  readonly columns: readonly ExportedColumn[];
  /** A typed copy of the file, where one was asked for. */
  readonly parquet?: ParquetFile;
  /** Their definitions, as the server spells them. */
  readonly indexes: readonly string[];
  /** Row-level security decided which rows this role saw. */
  readonly rows_hidden: boolean;
}

/** Rows of chosen keys, in pieces, because COPY takes no parameters. */
export function keyedExport(
  table: Table,
  reach: Reach,
  columns: readonly ExportedColumn[],
  keys: readonly Key[],
): TableExport {
  const key = table.key!;
  const select = (where: string) => selectOf(table, columns, where, key);
  const shown = select(keyedSelect(table, key, 'shown'));
  const cut = keys.length === 0 ? [[]] : pieces(keys);
  return {
    table,
    reach,
    columns,
    selects: cut.map((some) => ({ select: select(keyedSelect(table, key, some)), shown })),
  };
}

/** Rows of a condition, in as many pieces as statistics know where to cut; with a limit in one. */
export async function conditionExport(
  session: Session,
  table: Table,
  columns: readonly ExportedColumn[],
  {
    where = 'true',
    limit,
    most,
    sessions,
  }: { where?: string | undefined; limit: number | undefined; most: number; sessions: number },
): Promise<TableExport> {
  const order = table.key ?? columns.map(({ name }) => name);
  const cuts = sessions > 1 && limit === undefined ? await cutsOf(session, table) : [];
  const conditions =
    cuts.length > 0 ? between(table, cuts).map((range) => `(${where}\n)\n  and ${range}`) : [`(${where}\n)`];
  const end = cuts.length > 0 ? '' : `\nlimit ${limit ?? most + 1}`;
  const selects = conditions.map((condition) => ({ select: selectOf(table, columns, condition, order) + end }));
  return { table, reach: 'seed', columns, selects };
}

function selectOf(table: Table, columns: readonly ExportedColumn[], where: string, order: readonly string[]): string {
  const list = columns.map(selected).join(', ');
  return `select ${list}\nfrom ${source(table)}\nwhere ${where}\norder by ${orderBy(table, order)}`;
}

/** Pieces that a large table is cut into: more than sessions, so that none waits long for the others. */
const wantedPieces = 12;
const worthCutting = 50_000;

async function cutsOf(session: Session, table: Table): Promise<string[]> {
  const [first] = table.key ?? [];
  if (first === undefined || table.statistics_rows < worthCutting) return [];
  if (!/^(smallint|integer|bigint|uuid)$/.test(typeOf(table, first))) return [];
  const [found] = await catalogRows<{ bounds: string[] }>(session, 'quantiles', [table.schema, table.table, first]);
  const bounds = found?.bounds ?? [];
  const step = Math.max(1, Math.floor(bounds.length / wantedPieces));
  // the ends of the histogram are not the ends of the table
  return bounds.filter((_, at) => at > 0 && at < bounds.length - 1 && at % step === 0);
}

function between(table: Table, cuts: readonly string[]): string[] {
  const [name] = table.key!;
  const value = (cut: string) => `${literal(cut)}::${typeOf(table, name!)}`;
  return [undefined, ...cuts].map((from, at) => {
    const to = cuts[at];
    const parts = [
      ...(from === undefined ? [] : [`${column(name!)} >= ${value(from)}`]),
      ...(to === undefined ? [] : [`${column(name!)} < ${value(to)}`]),
    ];
    return parts.join(' and ');
  });
}

/** Exports tables into a folder, over as many sessions as are given. All of them look at one snapshot. */
export async function exportTables(
  sessions: readonly Session[],
  meter: Meter,
  exports: readonly TableExport[],
  folder: string,
  format: { readonly zstd: boolean },
): Promise<ExportedTable[]> {
  const taken = new Set<string>();
  const exported: ExportedTable[] = [];
  for (const one of exports)
    exported.push(await exportTable(sessions, meter, one, join(folder, fileOf(one.table, taken, format)), format));
  return exported;
}

async function exportTable(
  sessions: readonly Session[],
  meter: Meter,
  { table, reach, columns, selects }: TableExport,
  path: string,
  { zstd }: { readonly zstd: boolean },
): Promise<ExportedTable> {
  const partial = `${path}.partial`;
  const file = await CsvFile.create(partial, { zstd });
  const left = selects.map((select, piece) => ({ ...select, piece }));
  let rows = 0;
  let longest = 0;
  const work = async (session: Session) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { piece, ...order } = next;
      const what = `export of ${nameOf(table)}`;
      const sent = await meter.copy(session, { what, ...order }, piece === 0, (bytes) => file.take(piece, bytes));
      rows += sent.rows; // after the wait, because others add to it meanwhile
      longest = Math.max(longest, sent.longestRow);
      await file.finish(piece);
    }
  };
  const outcomes = await Promise.allSettled(
    sessions.map((session) =>
      work(session).catch((error) => {
        left.length = 0; // the others need not begin what nobody will have
        throw error;
      }),
    ),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await file.abandon();
    throw failed.reason;
  }
  const { bytes, sha256 } = await file.close();
  await rename(partial, path);
  return {
    schema: table.schema,
    table: table.table,
    reach,
    file: path.slice(path.lastIndexOf('/') + 1),
    rows,
    bytes,
    longest_row: longest,
    sha256,
    key: table.key,
    columns,
    indexes: table.indexes ?? [],
    rows_hidden: table.rows_hidden,
  };
}

/** A name that every file system takes, and that differs from the others where case does not count. */
function fileOf(table: Table, taken: Set<string>, { zstd }: { readonly zstd: boolean }): string {
  const plain = encodeURIComponent(nameOf(table)).replaceAll('*', '%2A');
  let name = plain;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${plain}~${count}`;
  taken.add(name.toLowerCase());
  return zstd ? `${name}.csv.zst` : `${name}.csv`;
}
