import { identifier, qualified, type Session } from '../../ops/postgres/index.ts';
import { catalogRows } from './queries.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly may_read: boolean;
}

/** A table as the catalog describes it. */
export interface Table {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f';
  readonly is_partition: boolean;
  /** Row-level security decides which rows this role sees. */
  readonly rows_hidden: boolean;
  readonly statistics_rows: number;
  readonly columns: readonly Column[];
  /** Columns of the primary key, or of another unique one without nulls; null where there is none. */
  readonly key: readonly string[] | null;
  readonly indexes: readonly string[] | null;
}

/** A foreign key: every row of the child points at one of the parent, or at none where a column is null. */
export interface Edge {
  readonly constraint: string;
  readonly child_schema: string;
  readonly child_table: string;
  readonly child_columns: readonly string[];
  readonly parent_schema: string;
  readonly parent_table: string;
  readonly parent_columns: readonly string[];
  readonly is_deferrable: boolean;
  readonly is_validated: boolean;
  readonly child_is_indexed: boolean;
}

export type Name = readonly [schema: string, table: string];

/** `schema.table`, the name of a table in plans and manifests. */
export function nameOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}.${table}`;
}

export const childOf = (edge: Edge): string => `${edge.child_schema}.${edge.child_table}`;
export const parentOf = (edge: Edge): string => `${edge.parent_schema}.${edge.parent_table}`;

/** What a plan may call a reference that it follows downwards. */
export const namesOf = (edge: Edge): string[] => [edge.constraint, edge.child_table, childOf(edge)];

/** Every foreign key of the database. */
export function readEdges(session: Session): Promise<Edge[]> {
  return catalogRows<Edge>(session, 'edges');
}

/** The tables of these names; those that are not there are missing from the result. */
export async function readTables(session: Session, names: readonly Name[]): Promise<Map<string, Table>> {
  const columns = [names.map(([schema]) => schema), names.map(([, table]) => table)];
  const rows = await catalogRows<Table & { oid: number | null }>(session, 'tables', columns);
  return new Map(rows.filter(({ oid }) => oid !== null).map((table) => [nameOf(table), table]));
}

/** The table in a `from`, as `t`. */
export function source({ schema, table }: Table): string {
  return `${qualified(schema, table)} as t`;
}

export function column(name: string): string {
  return `t.${identifier(name)}`;
}

export function typeOf(table: Table, name: string): string {
  return table.columns.find((one) => one.name === name)!.type;
}

/** Types whose own order is the same on every server, and which an index therefore serves. */
const ordered = new Set(['smallint', 'integer', 'bigint', 'uuid']);
const numbers = new Set(['smallint', 'integer', 'bigint']);

/** `order by` for these columns: the same on every server, whatever its collation. */
export function orderBy(table: Table, names: readonly string[]): string {
  return names
    .map((name) => (ordered.has(typeOf(table, name)) ? column(name) : `${column(name)}::text collate "C"`))
    .join(', ');
}

/** Compares two keys, spelled as text, as `orderBy` sorts them. */
export function keyComparison(table: Table, names: readonly string[]): (a: Key, b: Key) => number {
  const comparisons = names.map((name) => (numbers.has(typeOf(table, name)) ? asNumbers : asBytes));
  return (a, b) => {
    for (const [at, compare] of comparisons.entries()) {
      const order = compare(a[at] ?? '', b[at] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Values of some columns of a row, spelled as text. */
export type Key = readonly (string | null)[];

function asNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function asBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
