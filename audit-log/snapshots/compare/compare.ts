import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSignals, type Loaded, type SignalDefinitions } from '../../../ops/config/index.ts';
import { DuckDb } from '../../duckdb.ts';
import { unreadableFor } from '../csv-source.ts';
import type { Comparison, ComparedSnapshot } from './comparison.ts';
import type { RowChanges } from './judge.ts';
import { loadSnapshot, requireUnchanged, type LoadedSnapshot } from './load.ts';
import { compareRows } from './rows.ts';
import { stableKey, type CompareRules } from './rules.ts';
import { compareSignals } from './signals.ts';
import { columnsOf, notCompared, type TableComparison } from './table.ts';
import { verdictOf } from './verdict.ts';

export interface CompareOrder {
  readonly before: string;
  readonly after: string;
  readonly rules: CompareRules;
  /** Definitions to use for the snapshot after, in place of those it was taken with. */
  readonly signals: Loaded<SignalDefinitions> | undefined;
  /** A folder for what does not fit into memory. */
  readonly spill: string;
  readonly commitsBetween: (before: string, after: string) => Promise<string[]>;
}

const nothingChanged: RowChanges = { added: 0, removed: 0, changed: 0, within_tolerance: 0, matrix: [], examples: [] };

/**
 * Compares two snapshots on disk, without any database.
 * @throws SNAPSHOT_FILE, SNAPSHOT_KEY, SNAPSHOT_SIGNAL
 */
export async function compareSnapshots(order: CompareOrder): Promise<Comparison> {
  const [before, after] = await Promise.all([loadSnapshot(order.before), loadSnapshot(order.after)]);
  // side by side, because the hash has one thread and DuckDB others; a changed file explains whatever else went wrong
  const compared = compareTables(before, after, order);
  const [unchanged] = await Promise.allSettled([requireAllUnchanged([before, after]), compared]);
  if (unchanged.status === 'rejected') throw unchanged.reason;
  const tables = await compared;
  const signals = await compareSignals(before, after, {
    before: await signalsIn(order.before),
    after: order.signals ?? (await signalsIn(order.after)),
  });
  return {
    format: 'drydock comparison 1',
    verdict: verdictOf(tables, signals),
    before: comparedOf(before),
    after: comparedOf(after),
    commits: await order.commitsBetween(before.manifest.commit_sha, after.manifest.commit_sha),
    tables,
    signals,
  };
}

async function requireAllUnchanged(snapshots: readonly LoadedSnapshot[]): Promise<void> {
  for (const snapshot of snapshots) await requireUnchanged(snapshot);
}

async function compareTables(
  before: LoadedSnapshot,
  after: LoadedSnapshot,
  order: CompareOrder,
): Promise<TableComparison[]> {
  const folders = [before.folder, after.folder];
  await using duck = await DuckDb.open({ folders, memory: '128MB', spill: order.spill });
  const names = [...new Set([before, after].flatMap(({ manifest }) => manifest.tables.map(nameOf)))].sort();
  const compared: TableComparison[] = [];
  for (const name of names) compared.push(await compareTable(duck, name, before, after, order.rules));
  return compared;
}

async function compareTable(
  duck: DuckDb,
  name: string,
  before: LoadedSnapshot,
  after: LoadedSnapshot,
  rules: CompareRules,
): Promise<TableComparison> {
  const [was, is] = [before, after].map(({ manifest }) => manifest.tables.find((table) => nameOf(table) === name));
  if (!was || !is) {
    const why = `it is in the snapshot ${was ? 'before' : 'after'} only`;
    return notCompared(name, was?.rows ?? null, is?.rows ?? null, why);
  }
  const unreadable = unreadableFor(was) ?? unreadableFor(is);
  if (unreadable)
    return notCompared(name, was.rows, is.rows, `${unreadable}; "drydock compare --plan" can, in the databases`);
  const key = stableKey(rules, was, is);
  const columns = columnsOf(was, is, key, rules);
  const described = {
    ...notCompared(name, was.rows, is.rows, 'it has no key; name one with --keys'),
    columns: columns.described,
  };
  if (!key) return described;
  if (was.sha256 === is.sha256 && key.from === 'primary key')
    return { ...described, key, changes: nothingChanged, not_compared: null };
  const sides = [
    { folder: before.folder, table: was },
    { folder: after.folder, table: is },
  ] as const;
  const changes = await compareRows(duck, ...sides, key, columns.compared, rules);
  return { ...described, key, changes, not_compared: null };
}

async function signalsIn(folder: string): Promise<Loaded<SignalDefinitions> | undefined> {
  const path = join(folder, 'signals.yaml');
  return existsSync(path) ? loadSignals(path) : undefined;
}

function comparedOf({
  folder,
  manifest: { branch, commit_sha, snapshot_generated_at_utc },
}: LoadedSnapshot): ComparedSnapshot {
  return { folder, branch, commit_sha, snapshot_generated_at_utc };
}

function nameOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}.${table}`;
}
