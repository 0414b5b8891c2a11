import { DrydockError } from '../../../ops/errors.ts';
import { Judge, type Example, type RowChanges } from '../compare/judge.ts';
import type { CompareRules } from '../compare/rules.ts';
import { nameOf } from '../tables.ts';
import { bucketsFor, bucketSums, keyOfSeveral, rowHashes, rowsOfKeys, type ComparedRows } from './buckets.ts';
import type { LiveSide } from './side.ts';

/** A database, and the rows of one table in it. */
type Side = readonly [database: LiveSide, rows: ComparedRows];
type Values = readonly (string | null)[];

/** What a bucket holds, by its number. */
type Buckets = ReadonlyMap<string, { readonly rows: number; readonly sum: string }>;

/** Rows whose values are asked for in one statement. */
const keysPerStatement = 5000;

/**
 * Compares the rows of a table in two databases: sums of hashes by bucket, then keys and hashes in the buckets whose sums
 * differ, then the values of the rows whose hashes do.
 * @throws SNAPSHOT_KEY when two rows of one database have the same key; SNAPSHOT_BUDGET before more is read than may be
 */
export async function compareBuckets(
  before: Side,
  after: Side,
  key: readonly string[],
  compared: readonly string[],
  rules: CompareRules,
): Promise<{ rows: { before: number; after: number }; changes: RowChanges }> {
  const sides = [before, after] as const;
  for (const side of sides) await requireUnique(side, key);
  const buckets = bucketsFor(before[1], after[1]);
  const sums = await ofBoth(sides, (side) => sumsOf(side, bucketSums(side[1], key, compared, buckets)));
  const differing = bucketsThatDiffer(...sums);
  sides.forEach(([database], at) => database.meter.requireRoom(rowsIn(sums[at]!, differing)));
  const hashes = await ofBoth(sides, (side) => hashesOf(side, rowHashes(side[1], key, compared, buckets), differing));
  const changes = await judged(sides, rowsThatDiffer(...hashes), key, compared, rules);
  return { rows: { before: rowsIn(sums[0]), after: rowsIn(sums[1]) }, changes };
}

/** Both databases at the same time. */
function ofBoth<T>([before, after]: readonly [Side, Side], read: (side: Side) => Promise<T>): Promise<[T, T]> {
  return Promise.all([read(before), read(after)]);
}

/** What a constraint holds apart need not be looked at again. */
async function requireUnique([database, rows]: Side, key: readonly string[]): Promise<void> {
  if (rows.table.key?.join('\n') === key.join('\n')) return;
  const [twice] = await database.read(`keys of ${nameOf(rows.table)} that several rows have`, keyOfSeveral(rows, key));
  if (!twice) return;
  throw new DrydockError(
    'SNAPSHOT_KEY',
    `${nameOf(rows.table)} in ${database.server.database} has ${twice.at(-1)} rows with the key ${key.join(', ')} = ${twice.slice(0, -1).join(', ')}.`,
    { hint: `Name columns that tell its rows apart: --keys ${rows.table.table}=column,column.` },
  );
}

async function sumsOf([database, { table }]: Side, select: string): Promise<Buckets> {
  const read = await database.read(`hashes of ${nameOf(table)} by bucket`, select);
  return new Map(read.map(([bucket, rows, sum]) => [bucket!, { rows: Number(rows), sum: sum! }]));
}

function bucketsThatDiffer(was: Buckets, now: Buckets): ReadonlySet<string> {
  const all = new Set([...was.keys(), ...now.keys()]);
  const isSame = (bucket: string) =>
    was.get(bucket)?.rows === now.get(bucket)?.rows && was.get(bucket)?.sum === now.get(bucket)?.sum;
  return new Set([...all].filter((bucket) => !isSame(bucket)));
}

function rowsIn(buckets: Buckets, some: ReadonlySet<string> = new Set(buckets.keys())): number {
  return [...some].reduce((sum, bucket) => sum + (buckets.get(bucket)?.rows ?? 0), 0);
}

/** The hash of each row of some buckets, by its key. */
async function hashesOf(
  [database, { table }]: Side,
  select: string,
  buckets: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  if (buckets.size === 0) return new Map();
  const read = await database.read(`keys of ${nameOf(table)} in buckets that differ`, select, [[...buckets]]);
  return new Map(read.map(([key, hash]) => [key!, hash!]));
}

type Difference = readonly [key: string, kind: Example['kind']];

/** In the order of their keys as texts, so that two comparisons show the same examples. */
function rowsThatDiffer(was: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Difference[] {
  const keys = [...new Set([...was.keys(), ...now.keys()])].filter((key) => was.get(key) !== now.get(key)).sort();
  return keys.map((key) => [key, was.has(key) ? (now.has(key) ? 'changed' : 'removed') : 'added']);
}

async function judged(
  sides: readonly [Side, Side],
  differences: readonly Difference[],
  key: readonly string[],
  compared: readonly string[],
  rules: CompareRules,
): Promise<RowChanges> {
  const { table, columns } = sides[1][1];
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const judge = new Judge(
    compared.map((name) => ({ name, type: types.get(name)! })),
    nameOf(table),
    rules,
  );
  for (let at = 0; at < differences.length; at += keysPerStatement) {
    const some = differences.slice(at, at + keysPerStatement);
    const [was, now] = await ofBoth(sides, (side) => valuesOf(side, rowsOfKeys(side[1], key, compared), some));
    for (const [name, kind] of some) {
      const [old = [], young = []] = [was.get(name), now.get(name)];
      const keyValues = (kind === 'removed' ? old : young).slice(0, key.length);
      judge.take([kind, ...keyValues, ...old.slice(key.length), ...young.slice(key.length)], key.length);
    }
  }
  return judge.result();
}

/** Key and compared values of some rows, by their key. */
async function valuesOf(
  [database, { table }]: Side,
  select: string,
  differences: readonly Difference[],
): Promise<ReadonlyMap<string, Values>> {
  const read = await database.fetch(`rows of ${nameOf(table)} that differ`, select, [differences.map(([key]) => key)]);
  return new Map(read.map(([key, ...values]) => [key!, values]));
}
