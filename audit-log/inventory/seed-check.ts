import type { Project } from '../../ops/config/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { Counter, usualBytesPerMs } from './count.ts';
import { nameOf, readRelations } from './relations.ts';
import { readSeedProgress, type SeedProgress } from './seeds.ts';
import { readSizes } from './sizes.ts';
import { SparingReader } from './spare.ts';

/** What counting the seed tables may take: a table that needs longer is `unknown`, and nothing waits for it. */
const budgetMs = 60_000;

/**
 * Compares the tables of the project's seed manifest with what they hold, in the open transaction. No other table is read.
 * @returns null when the project has no manifest
 * @throws INVENTORY_SEED when a CSV file cannot be read, or lacks its key or repeats one
 */
export async function checkSeeds(session: Session, project: Project, now: Date): Promise<SeedProgress | null> {
  const { seeds } = project.config.inventory;
  if (Object.keys(seeds).length === 0) return null;
  const reader = new SparingReader(session);
  const relations = await readRelations(session, null);
  const roots = relations.filter((relation) => !relation.is_partition && nameOf(relation) in seeds);
  const oids = new Set(roots.map(({ oid }) => oid));
  const parts = relations.filter(({ oid, root_oid }) => oids.has(root_oid ?? oid));
  const counter = new Counter(reader, now.toISOString(), budgetMs, usualBytesPerMs);
  const counts = await counter.count(roots, await readSizes(reader, parts));
  return readSeedProgress(reader, roots, counts, seeds, project.root);
}
