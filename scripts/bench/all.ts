import { benchBackfill } from './backfill.ts';
import { benchClones } from './clones.ts';
import { benchConsole } from './console.ts';
import { benchEvents, eventParts } from './events.ts';
import { markdown, type BenchRow } from './measure.ts';
import { benchInventory } from './inventory.ts';
import { benchLeases } from './leases.ts';
import { benchChecks } from './checks.ts';
import { benchMcp } from './mcp.ts';
import { benchMigrations } from './migrations.ts';
import { benchMany } from './many.ts';
import { benchPerfGate } from './perf-gate.ts';
import { benchProviders } from './providers.ts';
import { benchRecords } from './records/index.ts';
import { benchRun } from './run.ts';
import { benchSelftest } from './selftest.ts';
import { benchSnapshots } from './snapshots.ts';
import { benchStart } from './start.ts';

/** `npm run bench [NAME…]`: measures what README claims, and prints its table. */
const benches: Record<string, () => Promise<BenchRow[]>> = {
  start: benchStart,
  run: benchRun,
  migrations: benchMigrations,
  backfill: benchBackfill,
  checks: benchChecks,
  clones: benchClones,
  events: benchEvents,
  inventory: benchInventory,
  snapshots: benchSnapshots,
  leases: benchLeases,
  mcp: benchMcp,
};

/** Those that need more than a checkout or many minutes, and parts of others; they run only when named. */
const onRequest: typeof benches = {
  providers: benchProviders,
  many: benchMany,
  'perf-gate': benchPerfGate,
  selftest: benchSelftest,
  records: benchRecords,
  console: benchConsole,
  ...eventParts,
};

const wanted = process.argv.slice(2);
const rows: BenchRow[] = [];
const chosen = Object.entries(wanted.length > 0 ? { ...benches, ...onRequest } : benches);
for (const [name, bench] of chosen) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`measuring ${name} …`);
  rows.push(...(await bench()));
}
console.log(markdown(rows));
