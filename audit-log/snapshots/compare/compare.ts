import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSignals, type Loaded, type SignalDefinitions } from '../../../ops/config/index.ts';
import { DuckDb } from '../../duckdb.ts';
import type { ExportedTable } from '../export.ts';
import { loadSnapshot, type LoadedSnapshot } from './load.ts';
import { compareRows, type RowChanges } from './rows.ts';
import { stableKey, type CompareRules, type StableKey } from './rules.ts';
import { compareSignals, type SignalComparison } from './signals.ts';

/** One of the two snapshots of a comparison. */
export interface ComparedSnapshot {
  readonly folder: string;
  readonly branch: string;
  readonly commit_sha: string;
  readonly snapshot_generated_at_utc: string;
}

export interface TableComparison {
  readonly table: string;
  readonly key: StableKey | null;
  readonly rows: { readonly before: number | null; readonly after: number | null; readonly delta: number | null };
  readonly columns: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly ignored: readonly string[];
  };
  /** Null when the rows could not be compared. */
  readonly changes: RowChanges | null;
  readonly not_compared: string | null;
}

/** What changed between two snapshots. */
export interface Comparison {
  readonly format: 'drydock comparison 1';
  /** `go` when nothing changed, `no-go` when something did, `unproven` when something could not be compared. */
  readonly verdict: 'go' | 'no-go' | 'unproven';
  readonly before: ComparedSnapshot;
  readonly after: ComparedSnapshot;
  /** Commits that are in the code after and not in the code before. */
  readonly commits: readonly string[];
  readonly tables: readonly TableComparison[];
  readonly signals: SignalComparison;
}

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
  const tables = await compareTables(before, after, order);
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

async function compareTables(
  before: LoadedSnapshot,
  after: LoadedSnapshot,
  order: CompareOrder,
): Promise<TableComparison[]> {
  await using duck = await DuckDb.open({ memory: '160MB', spill: order.spill });
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
  const rows = { before: was?.rows ?? null, after: is?.rows ?? null, delta: was && is ? is.rows - was.rows : null };
  const base = { table: name, rows, columns: { added: [], removed: [], ignored: [] }, key: null, changes: null };
  if (!was || !is) return { ...base, not_compared: `it is in the snapshot ${was ? 'before' : 'after'} only` };
  const key = stableKey(rules, was, is);
  const columns = columnsOf(name, was, is, key, rules);
  const described = { ...base, columns: columns.described };
  if (!key) return { ...described, not_compared: 'it has no key; name one with --keys' };
  if (was.sha256 === is.sha256 && key.from === 'primary key')
    return { ...described, key, changes: nothingChanged, not_compared: null };
  const sides = [
    { folder: before.folder, table: was },
    { folder: after.folder, table: is },
  ] as const;
  const changes = await compareRows(duck, ...sides, key, columns.compared, rules);
  return { ...described, key, changes, not_compared: null };
}

function columnsOf(
  name: string,
  was: ExportedTable,
  is: ExportedTable,
  key: StableKey | undefined,
  rules: CompareRules,
) {
  const [old, now] = [was, is].map(({ columns }) => columns.map((column) => column.name)) as [string[], string[]];
  const isIgnored = (column: string) => rules.ignore.has(column) || rules.ignore.has(`${name}.${column}`);
  const common = now.filter((column) => old.includes(column) && !key?.columns.includes(column));
  return {
    compared: common.filter((column) => !isIgnored(column)),
    described: {
      added: now.filter((column) => !old.includes(column)),
      removed: old.filter((column) => !now.includes(column)),
      ignored: common.filter(isIgnored),
    },
  };
}

function verdictOf(tables: readonly TableComparison[], { strict, changed }: SignalComparison): Comparison['verdict'] {
  const isChanged = ({ changes, rows, columns }: TableComparison) =>
    rows.delta !== 0 ||
    columns.added.length + columns.removed.length > 0 ||
    (changes !== null && changes.added + changes.removed + changes.changed > 0);
  const deltas = [...strict, ...(changed ?? [])];
  if (
    tables.some((table) => table.not_compared === null && isChanged(table)) ||
    deltas.some(({ delta }) => delta !== null && delta !== 0)
  ) {
    return 'no-go';
  }
  const isUnknown =
    tables.some(({ not_compared }) => not_compared !== null) || deltas.some(({ delta }) => delta === null);
  return isUnknown || tables.length === 0 ? 'unproven' : 'go';
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
