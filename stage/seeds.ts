import { checkSeeds, type SeedTable } from '../audit-log/inventory/index.ts';
import type { Project } from '../ops/config/index.ts';
import type { Session } from '../ops/postgres/index.ts';
import { measured, notMeasured, type Finding, type Measurement } from './measurement.ts';

/** Counts for a gate where the project says which tables its seeds fill. */
export const seedsLoaded = 'seeds/loaded';

const title = 'Seed tables hold what the manifest says';

/**
 * Compares the seed tables with `inventory.seeds`, read-only, in the open transaction.
 * @returns null for a project without a manifest
 */
export async function measureSeeds(session: Session, project: Project, now: Date): Promise<Measurement | null> {
  const progress = await session.takenBack(async () => {
    await session.query('set local transaction_read_only = on');
    return await checkSeeds(session, project, now);
  });
  if (!progress) return null;
  const { verdict, examined, violations, tables } = progress;
  const unknown = tables.filter(({ status }) => status === 'unknown');
  if (verdict === 'unproven') return notMeasured(seedsLoaded, title, unknown.map(inWords).join('; '));
  const findings = tables.filter(({ status }) => status !== 'loaded').map(findingOf);
  return measured({ id: seedsLoaded, title, examined, violations, findings });
}

function findingOf(seed: SeedTable): Finding {
  return {
    level: 'error',
    object: seed.table,
    detail: inWords(seed),
    remedy: 'Load what is missing, or correct inventory.seeds of the project.',
  };
}

function inWords({ table, status, expected, detail }: SeedTable): string {
  return `${table} is ${status}, expected ${expected}: ${detail}`;
}
