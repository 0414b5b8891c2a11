import type { Loaded, SnapshotPlan } from '../../../ops/config/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import type { Comparison } from '../compare/comparison.ts';
import { stableKey, type CompareRules } from '../compare/rules.ts';
import { columnsOf, notCompared, type ComparableTable, type TableComparison } from '../compare/table.ts';
import { verdictOf } from '../compare/verdict.ts';
import { requireSalt } from '../limits.ts';
import type { ComparedRows } from './buckets.ts';
import { compareBuckets } from './rows.ts';
import { LiveSide, type LiveDatabase } from './side.ts';

export interface LiveOrder {
  readonly before: LiveDatabase;
  readonly after: LiveDatabase;
  /** Its seeds are what is compared; it bounds the reading of each database as it bounds a snapshot. */
  readonly plan: Loaded<SnapshotPlan>;
  readonly rules: CompareRules;
  readonly maskSalt: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares the seeds of a plan in two databases, in a read-only transaction on one snapshot in each. Each hashes its own
 * rows; keys are fetched where the hashes differ, and values of the rows that do.
 * @throws SNAPSHOT_REFUSED, SNAPSHOT_COST, SNAPSHOT_BUDGET, SNAPSHOT_EMPTY, SNAPSHOT_KEY, SNAPSHOT_SALT, SNAPSHOT_ENCODING
 */
export async function compareDatabases(order: LiveOrder): Promise<Comparison> {
  const plan = order.plan.value;
  requireSalt(plan, order.maskSalt);
  const options = { maskSalt: order.maskSalt, signal: order.signal };
  const outer = await LiveSide.using(order.before, plan, options, (before) =>
    LiveSide.using(order.after, plan, options, async (after) => {
      requireOneEncoding(before, after);
      const tables: TableComparison[] = [];
      for (const { table } of plan.seeds) tables.push(await compareTable(before, after, table, order.rules));
      return { before, after, tables };
    }),
  );
  const { value, receipt } = outer.value;
  return {
    format: 'drydock comparison 1',
    verdict: verdictOf(value.tables, null),
    before: value.before.described(outer.receipt),
    after: value.after.described(receipt),
    commits: null,
    tables: value.tables,
    signals: null,
  };
}

async function compareTable(
  before: LiveSide,
  after: LiveSide,
  table: string,
  rules: CompareRules,
): Promise<TableComparison> {
  const [was, is] = [before.rowsOf(table), after.rowsOf(table)];
  const name = (is ? after : before).nameOf(table);
  if (!was || !is) {
    const where = was ? 'in the database before only' : is ? 'in the database after only' : 'in neither database';
    return notCompared(name, null, null, `it is ${where}`);
  }
  const sides = [comparable(was), comparable(is)] as const;
  const key = stableKey(rules, ...sides);
  const columns = columnsOf(...sides, key, rules);
  const described = {
    ...notCompared(name, null, null, 'it has no key; name one with --keys'),
    columns: columns.described,
  };
  if (!key) return described;
  const found = await compareBuckets([before, was], [after, is], key.columns, columns.compared, rules);
  const rows = { ...found.rows, delta: found.rows.after - found.rows.before };
  return { ...described, key, rows, changes: found.changes, not_compared: null };
}

function comparable({ table, columns }: ComparedRows): ComparableTable {
  return { schema: table.schema, table: table.table, key: table.key, columns };
}

/** A server hashes texts in its own encoding: in two of them the same text has two hashes. */
function requireOneEncoding(before: LiveSide, after: LiveSide): void {
  const [was, is] = [before, after].map(({ server }) => server.settings['server_encoding']);
  if (was === is) return;
  throw new DrydockError('SNAPSHOT_ENCODING', `One database is in ${was} and the other in ${is}.`, {
    hint: 'Take a snapshot of each and compare those: files are in UTF-8.',
  });
}
