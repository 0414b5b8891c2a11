import { parseDuration, type Loaded, type SignalDefinitions, type SnapshotPlan } from '../../ops/config/index.ts';
import type { Session, Target } from '../../ops/postgres/index.ts';
import { exportedColumns } from './columns.ts';
import { estimateSeeds, type SeedEstimate } from './estimate.ts';
import { conditionExport, exportTables, keyedExport, type TableExport } from './export.ts';
import { SnapshotFolder } from './folder.ts';
import { budgetOf, requireSalt, sessionLimitsOf, setSalt } from './limits.ts';
import { fkMapText, format, manifestText, type Manifest, type Role, type Server, type Source } from './manifest.ts';
import { Meter } from './meter.ts';
import { catalogRows } from './queries.ts';
import { reportText } from './report.ts';
import { withoutParquet, writeParquet } from './parquet.ts';
import { resolvePlan, type Resolved } from './resolve.ts';
import { onOneSnapshot } from './sessions.ts';
import { countSignals, signalManifest, signalMarkdown } from './signals.ts';
import { nameOf } from './tables.ts';
import { Traversal } from './traverse.ts';
import { readWatermark } from './watermark.ts';

export interface SnapshotOrder {
  readonly target: Target;
  readonly plan: Loaded<SnapshotPlan>;
  readonly signals: Loaded<SignalDefinitions> | undefined;
  /** Where a table is that is named without a schema, unless the plan says so. */
  readonly schema: string;
  /** The folder that snapshots of this branch lie in. */
  readonly place: string;
  readonly source: Source;
  readonly sessions: number;
  /** Files compressed with zstd, and a typed Parquet file beside each. */
  readonly output: { readonly zstd: boolean; readonly parquet: boolean };
  /** Goes before every value that is masked by a hash. */
  readonly maskSalt: string | undefined;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Exports what a plan names, in read-only transactions on one snapshot, into a folder of its own.
 * The folder is there when all of it is; whatever goes wrong leaves nothing.
 * @throws SNAPSHOT_REFUSED, SNAPSHOT_COST, SNAPSHOT_BUDGET, SNAPSHOT_EMPTY, SNAPSHOT_SALT
 */
export async function takeSnapshot(order: SnapshotOrder): Promise<{ manifest: Manifest; folder: string }> {
  const { plan } = order;
  requireSalt(plan.value, order.maskSalt);
  const startedAt = order.now();
  await using folder = await SnapshotFolder.create(order.place, startedAt);
  const budget = budgetOf(plan.value);
  const meter = new Meter(budget);
  const { value, receipts } = await onOneSnapshot(
    order.target,
    sessionLimitsOf(plan.value),
    order.sessions,
    (sessions) => examine(sessions, meter, order, folder),
    order.signal,
  );
  const manifest: Manifest = {
    format,
    ...order.source,
    snapshot_generated_at_utc: startedAt.toISOString(),
    expires_at_utc: new Date(startedAt.getTime() + parseDuration(plan.value.retention)).toISOString(),
    plan_sha256: plan.sha256,
    signals_sha256: order.signals?.sha256 ?? null,
    ...value,
    ...(order.output.parquet && {
      tables: await writeParquet(folder.path, value.tables),
      cuts: [...value.cuts, ...withoutParquet(value.tables)],
    }),
    receipts,
    budget,
    statements: meter.receipts,
  };
  await folder.write('plan.yaml', plan.text);
  if (order.signals) await writeSignals(order.signals, manifest, folder, order.schema);
  await folder.write('manifest.txt', manifestText(manifest));
  await folder.write('session_report.md', reportText(manifest));
  await folder.write('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, folder: await folder.complete() };
}

/** The analyses of the snapshot that was just taken, beside it: positive and negative signals apart. */
async function writeSignals(
  definitions: Loaded<SignalDefinitions>,
  manifest: Manifest,
  folder: SnapshotFolder,
  schema: string,
): Promise<void> {
  await folder.write('signals.yaml', definitions.text);
  const counts = await countSignals(definitions.value, manifest, folder.path, schema);
  for (const [type, name] of [
    ['positive', 'temporal_signal_manifest'],
    ['negative', 'temporal_negative_manifest'],
  ] as const) {
    const analysis = signalManifest(
      definitions,
      counts.filter((count) => count.type === type),
      manifest,
    );
    await folder.write(`${name}.json`, `${JSON.stringify(analysis, null, 2)}\n`);
    await folder.write(`${name}.md`, signalMarkdown(`Signals, ${type}`, analysis));
  }
}

/** Looks everything up and asks the planner; reads no row. @throws as takeSnapshot */
export async function estimateSnapshot(
  order: SnapshotOrder,
): Promise<{ seeds: SeedEstimate[]; absent: readonly string[] }> {
  const meter = new Meter(budgetOf(order.plan.value));
  const { value } = await onOneSnapshot(
    order.target,
    sessionLimitsOf(order.plan.value),
    1,
    async ([session]) => {
      const resolved = await resolvePlan(session!, order.plan.value, order.schema);
      return { seeds: await estimateSeeds(session!, meter, resolved), absent: resolved.absent };
    },
    order.signal,
  );
  return value;
}

async function examine(sessions: readonly Session[], meter: Meter, order: SnapshotOrder, folder: SnapshotFolder) {
  const [session] = sessions as readonly [Session];
  const plan = order.plan.value;
  const [server] = await catalogRows<Server>(session, 'server');
  const [role] = await catalogRows<Role>(session, 'role');
  const resolved = await resolvePlan(session, plan, order.schema);
  await estimateSeeds(session, meter, resolved);
  const traversal = new Traversal(session, meter, resolved, plan.follow);
  await traversal.run();
  const exports = await exportsOf(session, meter, resolved, traversal, sessions.length);
  for (const one of sessions) await setSalt(one, order.maskSalt);
  const watermark = await readWatermark(session, meter, plan, resolved, order.schema);
  const exported = await exportTables(sessions, meter, exports, folder.path, order.output);
  await folder.write('fk_map.tsv', fkMapText(resolved.edges, new Set(exported.map(nameOf))));
  if (watermark) await folder.write(watermark.file, `${watermark.value ?? ''}\n`);
  return {
    server: server!,
    role: role!,
    tables: exported.map((table) => ({ ...table, first_keys: firstKeys(traversal, nameOf(table)) })),
    absent: resolved.absent,
    cuts: [...traversal.cuts, ...reachedLimits(resolved, exported)],
    closure: traversal.closure(),
    watermark,
  };
}

async function exportsOf(
  session: Session,
  meter: Meter,
  { seeds, settings }: Resolved,
  traversal: Traversal,
  sessions: number,
): Promise<TableExport[]> {
  const exports: TableExport[] = [];
  for (const { table, where, limit } of seeds) {
    if (!traversal.isAlone(table)) continue;
    const columns = exportedColumns(table, settings.get(nameOf(table)) ?? {}, table.key ?? []);
    const most = meter.budget.rows;
    exports.push(await conditionExport(session, table, columns, { where: where?.text, limit, most, sessions }));
  }
  for (const [name, rows] of traversal.chosen) {
    const columns = exportedColumns(rows.table, settings.get(name) ?? {}, rows.links);
    exports.push(keyedExport(rows.table, rows.reach, columns, rows.keys()));
  }
  return exports.toSorted((a, b) => (nameOf(a.table) < nameOf(b.table) ? -1 : 1));
}

/** Enough to find the rows again, and no more than a person reads. */
function firstKeys(traversal: Traversal, name: string) {
  return traversal.chosen.get(name)?.keys().slice(0, 20) ?? [];
}

function reachedLimits({ seeds }: Resolved, tables: readonly { schema: string; table: string; rows: number }[]) {
  return seeds.flatMap(({ table, limit }) => {
    const rows = tables.find((one) => nameOf(one) === nameOf(table))?.rows;
    if (limit === undefined || rows !== limit) return [];
    const which = table.key ? 'the first by key were taken' : 'it has no key, and any were taken';
    return [{ where: `seed ${nameOf(table)}`, reason: `its limit of ${limit} rows was reached; ${which}` }];
  });
}
