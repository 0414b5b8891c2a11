import type { Session } from '../../ops/postgres/index.ts';
import type { Meter } from './meter.ts';
import type { Resolved } from './resolve.ts';
import { nameOf, source } from './tables.ts';

/** What a seed would take, as the planner sees it. */
export interface SeedEstimate {
  readonly table: string;
  readonly rows: number;
  readonly cost: number;
}

/** Every seed is weighed before the first is read. @throws SNAPSHOT_COST above the budget */
export async function estimateSeeds(session: Session, meter: Meter, { seeds }: Resolved): Promise<SeedEstimate[]> {
  const estimates: SeedEstimate[] = [];
  for (const { table, where, limit } of seeds) {
    const select = `select 1\nfrom ${source(table)}\nwhere ${where?.text ?? 'true'}\n`;
    const { cost, rows } = await meter.estimate(session, { what: `The seed ${nameOf(table)}`, select });
    estimates.push({ table: nameOf(table), rows: Math.min(rows, limit ?? rows), cost });
  }
  return estimates;
}
