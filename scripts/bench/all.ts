import { benchBackfill } from './backfill.ts';
import { markdown, type BenchRow } from './measure.ts';
import { benchInventory } from './inventory.ts';
import { benchMigrations } from './migrations.ts';
import { benchRun } from './run.ts';
import { benchStart } from './start.ts';

/** `npm run bench [NAME…]`: measures what README claims, and prints its table. */
const benches: Record<string, () => Promise<BenchRow[]>> = {
  start: benchStart,
  run: benchRun,
  migrations: benchMigrations,
  backfill: benchBackfill,
  inventory: benchInventory,
};

const wanted = process.argv.slice(2);
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`measuring ${name} …`);
  rows.push(...(await bench()));
}
console.log(markdown(rows));
