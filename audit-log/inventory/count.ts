import { identifier, qualified } from '../../ops/postgres/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { nameOf, type Relation } from './relations.ts';
import type { SparingReader } from './spare.ts';

/** How many rows a table has, how that is known, and how well. */
export interface RowCount {
  /** Null when nothing is known. */
  readonly value: number | null;
  readonly method: 'exact' | 'sampled' | 'statistics' | 'unknown';
  /** When it was true, ISO 8601; null when that is not known either. */
  readonly as_of: string | null;
  /** Rows that the value may be off by, with 95 % confidence; 0 when exact, null when nobody can say. */
  readonly error: number | null;
  readonly cost_ms: number;
  /** Why the count is not exact. */
  readonly reason: string | null;
}

export interface Size {
  readonly bytes: number;
  readonly total_bytes: number;
}

/** Tables counted by one statement: each holds locks until its end, and a server has room for some thousands. */
const batchTables = 250;
const batchBytes = 64 * 1024 ** 2;

/** Pages that a sample should read: at a page's usual spread that is within about 2 %. */
const samplePages = 4000;
const pageBytes = 8192;

/** Bytes that a count is taken to read per millisecond until one was timed. */
export const usualBytesPerMs = 200 * 1024;

/**
 * Counts rows within a budget of time: small tables first, because most tables are small and then most counts are exact;
 * what would not fit is sampled, and what cannot be sampled is taken from the server's statistics, and says so.
 */
export class Counter {
  readonly #reader: SparingReader;
  readonly #asOf: string;
  readonly #deadline: number;
  readonly #counts = new Map<number, RowCount>();
  #bytesPerMs: number;

  constructor(reader: SparingReader, asOf: string, budgetMs: number, bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs;
    this.#reader = reader;
    this.#asOf = asOf;
    this.#deadline = performance.now() + budgetMs;
  }

  /** @param sizes by oid; a relation without one could not be measured, and is tried last */
  async count(relations: readonly Relation[], sizes: ReadonlyMap<number, Size>): Promise<Map<number, RowCount>> {
    const bytesOf = ({ oid }: Relation) => sizes.get(oid)?.bytes ?? Infinity;
    const countable = relations.filter((relation) => this.#isCountable(relation));
    for (const batch of batches(
      countable.toSorted((a, b) => bytesOf(a) - bytesOf(b)),
      bytesOf,
    )) {
      await this.#countBatch(batch, bytesOf);
    }
    return this.#counts;
  }

  /** Views and foreign tables would run queries that nobody bounded; hidden rows cannot be counted. */
  #isCountable(relation: Relation): boolean {
    if (relation.kind === 'view') return false;
    const obstacle = obstacleTo(relation);
    if (obstacle) this.#fallBack(relation, obstacle, 0);
    return !obstacle;
  }

  async #countBatch(batch: readonly Relation[], bytesOf: (relation: Relation) => number): Promise<void> {
    const bytes = batch.reduce((sum, relation) => sum + bytesOf(relation), 0);
    const remaining = this.#deadline - performance.now();
    if (remaining <= 0) return this.#fallBackAll(batch, 'the budget was spent');
    const [only] = batch;
    // half of what is left: the tables behind this one want their share
    if (bytes / this.#bytesPerMs > remaining / 2 && batch.length === 1 && only) {
      return this.#sample(only, bytes, 'an exact count would not fit the budget');
    }
    const startedAt = performance.now();
    const counted = await this.#reader.read('rows', batch, (some) => this.#exact(some));
    const took = performance.now() - startedAt;
    if (bytes > batchBytes) this.#bytesPerMs = bytes / took;
    const values = new Map(counted.map(({ oid, rows }) => [oid, rows]));
    for (const relation of batch) {
      const value = values.get(relation.oid);
      const cost = round(took / batch.length);
      if (value !== undefined) this.#set(relation, { value, method: 'exact', error: 0, cost_ms: cost, reason: null });
      else this.#fallBack(relation, this.#reasonFor(relation), cost);
    }
  }

  async #exact(some: readonly Relation[]): Promise<{ oid: number; rows: number }[]> {
    await limitStatement(this.#reader.session, this.#deadline);
    const parts = some.map(
      (relation) => `select ${relation.oid}::bigint as oid, count(*) as rows from ${source(relation)}`,
    );
    const { rows } = await this.#reader.session.query<{ oid: number; rows: number }>(parts.join(' union all '));
    return rows;
  }

  /**
   * TABLESAMPLE SYSTEM takes each page with the same chance p, so rows / p estimates the count, and
   * (1 - p) / p² · Σ rows-of-page² its variance (Horvitz and Thompson), whatever the pages hold.
   */
  async #sample(relation: Relation, bytes: number, why: string): Promise<void> {
    const share = Math.min(1, Number.isFinite(bytes) ? samplePages / (bytes / pageBytes) : 0.01);
    const startedAt = performance.now();
    const [sample] = await this.#reader.read('rows', [relation], async () => {
      await limitStatement(this.#reader.session, this.#deadline);
      const { rows } = await this.#reader.session.query<{ rows: number; squares: number }>(
        `select coalesce(sum(page.rows), 0) as rows, coalesce(sum(page.rows ^ 2), 0) as squares
         from (
             select count(*) as rows from ${source(relation)} tablesample system (${(share * 100).toFixed(6)})
             group by tableoid, (ctid::text::point)[0]
         ) as page`,
      );
      return rows;
    });
    const cost = round(performance.now() - startedAt);
    if (!sample) return this.#fallBack(relation, this.#reasonFor(relation), cost);
    const deviation = Math.sqrt(((1 - share) / share ** 2) * sample.squares);
    const value = Math.round(sample.rows / share);
    this.#set(relation, { value, method: 'sampled', error: Math.ceil(1.96 * deviation), cost_ms: cost, reason: why });
  }

  #fallBackAll(batch: readonly Relation[], reason: string): void {
    for (const relation of batch) this.#fallBack(relation, reason, 0);
  }

  /** The server's estimate, where it has one: -1 means that nobody ever analysed the table, and is no number of rows. */
  #fallBack(relation: Relation, reason: string, cost: number): void {
    const known = relation.statistics_rows >= 0;
    const value = known ? Math.round(relation.statistics_rows) : null;
    const count: RowCount = {
      value,
      method: known ? 'statistics' : 'unknown',
      as_of: known ? relation.analyzed_at : null,
      error: null,
      cost_ms: cost,
      reason,
    };
    this.#counts.set(relation.oid, count);
  }

  #set(relation: Relation, count: Omit<RowCount, 'as_of'>): void {
    this.#counts.set(relation.oid, { ...count, as_of: this.#asOf });
  }

  #reasonFor(relation: Relation): string {
    const mine = this.#reader.unseen.filter(({ object, what }) => object === nameOf(relation) && what === 'rows');
    return mine.at(-1)?.reason ?? 'it could not be read';
  }
}

function obstacleTo(relation: Relation): string | undefined {
  if (relation.kind === 'foreign table') return 'a foreign table is not counted';
  if (!relation.may_read) return 'this role may not select from it';
  if (relation.rows_hidden) return 'row-level security hides rows from this role';
  return undefined;
}

/** What belongs to a table alone: descendants by plain inheritance are tables of their own, partitions are not. */
function source({ kind, schema, table }: Relation): string {
  const only = kind === 'table' ? 'only ' : '';
  return `${only}${qualified(schema, table)} as ${identifier('counted')}`;
}

/** Half of what is left: when the guess was wrong, the tables behind this one still get a share. */
async function limitStatement(session: Session, deadline: number): Promise<void> {
  const left = Math.max(1, Math.round((deadline - performance.now()) / 2));
  await session.query("select pg_catalog.set_config('statement_timeout', $1, true)", [String(left)]);
}

/** Cuts a list that is in order of size: many small ones together, a big one alone. */
function batches(relations: readonly Relation[], bytesOf: (relation: Relation) => number): Relation[][] {
  const cut: Relation[][] = [];
  let bytes = 0;
  for (const relation of relations) {
    const last = cut.at(-1);
    if (last && last.length < batchTables && bytes + bytesOf(relation) <= batchBytes) {
      last.push(relation);
      bytes += bytesOf(relation);
    } else {
      cut.push([relation]);
      bytes = bytesOf(relation);
    }
  }
  return cut;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
