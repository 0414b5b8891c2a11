import { DrydockError } from '../../../ops/errors.ts';
import { DuckDb } from '../../duckdb.ts';
import { csvSource, duckColumns } from '../csv-source.ts';
import type { ExportedTable } from '../export.ts';
import { compareValues } from './equal.ts';
import { ruleFor, type CompareRules, type StableKey } from './rules.ts';

type Values = readonly (string | null)[];

/** A row that changed, came or went, with as much of it as a person reads. */
export interface Example {
  readonly kind: 'changed' | 'added' | 'removed';
  readonly key: Values;
  readonly changes: readonly {
    readonly column: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

/** What became of the rows of a table. */
export interface RowChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Rows that differ by no more than is tolerated, or in spelling only. */
  readonly within_tolerance: number;
  /** How many rows changed in each column that changed. */
  readonly matrix: readonly { readonly column: string; readonly rows: number }[];
  readonly examples: readonly Example[];
}

export interface Side {
  readonly folder: string;
  readonly table: ExportedTable;
}

const examplesShown = 5;
const previewLength = 120;

/**
 * Compares the rows of a table by their stable key. DuckDB finds the rows whose values differ, by a hash of 64 bits;
 * only those are looked at one by one.
 * @param columns to be compared, beside the key
 * @throws SNAPSHOT_KEY when two rows of one snapshot have the same key
 */
export async function compareRows(
  duck: DuckDb,
  before: Side,
  after: Side,
  key: StableKey,
  columns: readonly string[],
  rules: CompareRules,
): Promise<RowChanges> {
  await duck.run(hashed('was', before, key, columns));
  await duck.run(hashed('now', after, key, columns));
  for (const [table, side] of [
    ['was', before],
    ['now', after],
  ] as const)
    await requireUnique(duck, table, side, key);
  const same = key.columns.map((name) => `was.${duckColumns([name])} is not distinct from now.${duckColumns([name])}`);
  const keys = key.columns.map(
    (name) =>
      `case when was.hash is null then now.${duckColumns([name])} else was.${duckColumns([name])} end as ${duckColumns([name])}`,
  );
  await duck.run(`create or replace temp table differing as
    select ${keys.join(', ')}, case when was.hash is null then 'added' when now.hash is null then 'removed' else 'changed' end as kind
    from was full join now on ${same.join(' and ')} where was.hash is distinct from now.hash`);
  await duck.run(`create or replace temp table was as ${details(before, key, columns)}`);
  await duck.run(`create or replace temp table now as ${details(after, key, columns)}`);
  const judge = new Judge(
    columns.map((name) => ({ name, type: typeOf(after.table, name) })),
    nameOf(after.table),
    rules,
  );
  const on = (side: string) =>
    key.columns
      .map((name) => `differing.${duckColumns([name])} is not distinct from ${side}.${duckColumns([name])}`)
      .join(' and ');
  const query = `select ${[
    'differing.kind',
    ...[duckColumns(key.columns, 'differing.')],
    ...(columns.length > 0 ? [duckColumns(columns, 'was.'), duckColumns(columns, 'now.')] : []),
  ].join(', ')} from differing left join was on ${on('was')} left join now on ${on('now')}
    order by ${duckColumns(key.columns, 'differing.')}`;
  for await (const rows of duck.pieces(query)) for (const row of rows) judge.take(row, key.columns.length);
  return judge.result();
}

function hashed(name: string, side: Side, key: StableKey, columns: readonly string[]): string {
  const hash = columns.length > 0 ? `hash(${duckColumns(columns)})` : 'hash(0)';
  return `create or replace temp table ${name} as select ${duckColumns(key.columns)}, ${hash} as hash from ${csvSource(side, false)}`;
}

function details(side: Side, key: StableKey, columns: readonly string[]): string {
  const same = key.columns.map(
    (name) => `differing.${duckColumns([name])} is not distinct from row.${duckColumns([name])}`,
  );
  return `select ${duckColumns([...key.columns, ...columns], 'row.')} from ${csvSource(side, false)} as row
    semi join differing on ${same.join(' and ')}`;
}

async function requireUnique(duck: DuckDb, name: string, { folder, table }: Side, key: StableKey): Promise<void> {
  const [twice] = await duck.rows<Record<string, string | null>>(
    `select ${duckColumns(key.columns)}, count(*)::varchar as "times of a key" from ${name} group by all having count(*) > 1 limit 1`,
  );
  if (!twice) return;
  const { 'times of a key': times, ...values } = twice;
  throw new DrydockError(
    'SNAPSHOT_KEY',
    `${nameOf(table)} in ${folder} has ${times} rows with the key ${key.columns.join(', ')} = ${Object.values(values).join(', ')}.`,
    { hint: `Name columns that tell its rows apart: --keys ${table.table}=column,column.` },
  );
}

/** Looks at differing rows one by one, and keeps counts and the first examples. */
class Judge {
  readonly #columns: readonly { readonly name: string; readonly type: string }[];
  readonly #tolerances: readonly (number | undefined)[];
  readonly #counts = { added: 0, removed: 0, changed: 0, within_tolerance: 0 };
  readonly #matrix: number[];
  readonly #examples: Example[] = [];

  constructor(columns: readonly { name: string; type: string }[], table: string, rules: CompareRules) {
    this.#columns = columns;
    this.#tolerances = columns.map(({ name }) => ruleFor(rules.tolerance, table, name));
    this.#matrix = columns.map(() => 0);
  }

  /** @param row its kind, its key, its values before and its values after */
  take(row: Values, keyLength: number): void {
    const kind = row[0] as Example['kind'];
    const key = row.slice(1, 1 + keyLength);
    if (kind !== 'changed') return this.#enter(kind, key, []);
    const [before, after] = [1 + keyLength, 1 + keyLength + this.#columns.length];
    const differing = this.#columns.flatMap(({ type }, at) => {
      const equality = compareValues(type, row[before + at]!, row[after + at]!, this.#tolerances[at]);
      return equality === 'different' ? [at] : [];
    });
    if (differing.length === 0) {
      this.#counts.within_tolerance += 1;
      return;
    }
    for (const at of differing) this.#matrix[at]! += 1;
    const preview = (value: string | null | undefined) => value?.slice(0, previewLength) ?? null;
    const changes = differing.map((at) => ({
      column: this.#columns[at]!.name,
      before: preview(row[before + at]),
      after: preview(row[after + at]),
    }));
    this.#enter(kind, key, changes);
  }

  result(): RowChanges {
    const matrix = this.#columns.map(({ name }, at) => ({ column: name, rows: this.#matrix[at]! }));
    return { ...this.#counts, matrix: matrix.filter(({ rows }) => rows > 0), examples: this.#examples };
  }

  #enter(kind: Example['kind'], key: Values, changes: Example['changes']): void {
    this.#counts[kind] += 1;
    if (this.#examples.filter((one) => one.kind === kind).length < examplesShown)
      this.#examples.push({ kind, key, changes });
  }
}

function nameOf({ schema, table }: ExportedTable): string {
  return `${schema}.${table}`;
}

function typeOf(table: ExportedTable, name: string): string {
  return table.columns.find((one) => one.name === name)!.type;
}
