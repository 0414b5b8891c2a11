import { identifier } from '../../../ops/postgres/index.ts';
import { selected, type ExportedColumn } from '../columns.ts';
import { orderBy, source, type Table } from '../tables.ts';

/** Rows of a table as a plan names them: which, and which of their columns. */
export interface ComparedRows {
  readonly table: Table;
  readonly columns: readonly ExportedColumn[];
  readonly where: string;
  readonly limit: number | undefined;
  /** How many the planner expects. */
  readonly expected: number;
}

/** Rows that share a bucket: enough that the buckets are few, few enough that one difference fetches few keys. */
const rowsPerBucket = 1024;
const mostBuckets = 1 << 16;

/** How many buckets both tables are put into: a power of two, by the larger. */
export function bucketsFor(...tables: readonly ComparedRows[]): number {
  const wanted = Math.max(...tables.map(({ expected }) => expected)) / rowsPerBucket;
  return Math.min(mostBuckets, 2 ** Math.ceil(Math.log2(Math.max(1, wanted))));
}

/**
 * Per bucket: its number, its rows, and the sum of their hashes. Behind `offset 0` the planner does not see the table's
 * columns: it would expect a group for each row, and sort them all.
 */
export function bucketSums(rows: ComparedRows, key: readonly string[], compared: readonly string[], buckets: number) {
  return `select hashed.bucket::text as c0, pg_catalog.count(*)::text as c1, pg_catalog.sum(hashed.hash)::text as c2
from (
select ${bucketOf(key, buckets)} as bucket, ${hashOf([...key, ...compared])} as hash
from (${rowsOf(rows)}
) as r
offset 0
) as hashed
group by hashed.bucket`;
}

/** Keys and hashes of the rows of some buckets, which stand as $1. */
export function rowHashes(rows: ComparedRows, key: readonly string[], compared: readonly string[], buckets: number) {
  return `select ${rowText(key)} as row_key, (${hashOf([...key, ...compared])})::text as hash
from (${rowsOf(rows)}
) as r
where ${bucketOf(key, buckets)} = any ($1::bigint[])`;
}

/** The rows of some keys, which stand as $1, each spelled as `rowText` does. */
export function rowsOfKeys(rows: ComparedRows, key: readonly string[], compared: readonly string[]): string {
  return `select ${rowText(key)} as row_key, ${texts([...key, ...compared])}
from (${rowsOf(rows)}
) as r
where ${rowText(key)} = any ($1::text[])`;
}

/** One key that several rows have, with their number. */
export function keyOfSeveral(rows: ComparedRows, key: readonly string[]): string {
  return `select ${texts(key)}, pg_catalog.count(*)::text as times
from (${rowsOf(rows)}
) as r
group by ${key.map((name) => `r.${identifier(name)}`).join(', ')}
having pg_catalog.count(*) > 1
limit 1`;
}

function rowsOf({ table, columns, where, limit }: ComparedRows): string {
  const end =
    limit === undefined
      ? ''
      : `\norder by ${orderBy(table, table.key ?? columns.map(({ name }) => name))}\nlimit ${limit}`;
  return `select ${columns.map(selected).join(', ')}\nfrom ${source(table)}\nwhere (${where}\n)${end}`;
}

function bucketOf(key: readonly string[], buckets: number): string {
  return `${hashOf(key)} & ${buckets - 1}`;
}

/**
 * A hash of values as texts, in which a null is not the empty text: the same on every server of one encoding. It finds
 * what differs; what it finds is compared by value.
 */
function hashOf(names: readonly string[]): string {
  return `pg_catalog.hash_array_extended(array[${names.map((name) => `r.${identifier(name)}::text`).join(', ')}], 0)`;
}

/** Values as the text of a row: one text for any number of them, nulls included. */
function rowText(names: readonly string[]): string {
  return `row(${names.map((name) => `r.${identifier(name)}`).join(', ')})::text`;
}

function texts(names: readonly string[]): string {
  return names.map((name, at) => `r.${identifier(name)}::text as c${at}`).join(', ');
}
