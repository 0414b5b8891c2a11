import type { InventorySettings } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { readOnly, runStatement, type Session, type Target } from '../../ops/postgres/index.ts';
import { coverageOf, readAuditFields } from './audit-fields.ts';
import { Counter, usualBytesPerMs } from './count.ts';
import { auditedTables, structureSha256, summaryOf, type Audit, type DatabaseInfo } from './document.ts';
import { catalogQuery, nameOf, readRelations, type Relation } from './relations.ts';
import { readSeedProgress } from './seeds.ts';
import { readSizes } from './sizes.ts';
import { SparingReader } from './spare.ts';
import { readStructure } from './structure.ts';
import { readVersioning } from './versioning.ts';

export interface AuditOrder {
  readonly target: Target;
  readonly settings: InventorySettings;
  /** The folder that the seed manifest's files are relative to. */
  readonly root: string;
  /** Null for all but the system's. */
  readonly schemas: readonly string[] | null;
  /** What counting rows may take, in milliseconds; the structure is always read whole. */
  readonly budgetMs: number;
  /** Bytes that a count is taken to read per millisecond until one was timed: less for slow disks. Default: 200 kB */
  readonly bytesPerMs?: number;
  /** Whether three rows of each table are wanted, with personal columns masked. */
  readonly samples: boolean;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/** A statement that reads the catalog of ten thousand tables takes seconds; one that waits for a lock takes a moment and gives up. */
const limits = { statementTimeoutMs: 30_000, lockTimeoutMs: 250 };

/**
 * Audits a database in one read-only transaction. Works for a role that may select from some tables, or from none.
 * @throws INVENTORY_SCHEMA when a schema that was asked for is not there or is empty
 */
export async function takeAudit(order: AuditOrder): Promise<Audit> {
  const startedAt = order.now();
  const started = performance.now();
  const { value, receipt } = await readOnly(order.target, limits, (session) => examine(session, order), {
    applicationName: 'drydock inventory',
    cancel: order.signal,
  });
  return {
    format: 'drydock inventory 1',
    audit_timestamp: startedAt.toISOString(),
    duration_ms: Math.round(performance.now() - started),
    read_only: receipt,
    ...value,
  };
}

async function examine(
  session: Session,
  order: AuditOrder,
): Promise<Omit<Audit, 'format' | 'audit_timestamp' | 'duration_ms' | 'read_only'>> {
  const reader = new SparingReader(session);
  const [database] = (await runStatement<DatabaseInfo>(session, await catalogQuery('database'))).rows;
  const relations = await readRelations(session, order.schemas);
  requireSchemas(order.schemas, relations);
  const structure = await readStructure(reader, relations, order.schemas);
  const roots = relations.filter(({ is_partition }) => !is_partition);
  const sizes = await readSizes(reader, relations);
  const { budgetMs, bytesPerMs = usualBytesPerMs } = order;
  const counter = new Counter(reader, order.now().toISOString(), budgetMs, bytesPerMs);
  const counts = await counter.count(roots, sizes);
  const fields = await readAuditFields(reader, roots, structure, order.settings.auditFields, {
    sizes,
    samples: order.samples,
  });
  const versioning = await readVersioning(reader, relations, counts, order.settings.versioning);
  const seeds = await readSeedProgress(reader, roots, counts, order.settings.seeds, order.root);
  const named = <T>(values: ReadonlyMap<number, T>) =>
    new Map(roots.flatMap((root) => (values.has(root.oid) ? [[nameOf(root), values.get(root.oid)!] as const] : [])));
  const tables = auditedTables(structure, { counts: named(counts), sizes: named(sizes), fields });
  const { tables: _, ...rest } = structure;
  return {
    database_info: database!,
    structure_sha256: structureSha256(structure),
    schemas: order.schemas,
    summary: summaryOf(structure, tables, versioning),
    versioning_system: versioning,
    audit_coverage: coverageOf(fields, order.settings.versioning.developer),
    seed_progress: seeds,
    unseen: reader.unseen,
    tables,
    structure: rest,
  };
}

function requireSchemas(schemas: readonly string[] | null, relations: readonly Relation[]): void {
  const absent = schemas?.find((schema) => !relations.some((relation) => relation.schema === schema));
  if (absent === undefined) return;
  throw new DrydockError('INVENTORY_SCHEMA', `There is no table in a schema ${absent} of this database.`, {
    hint: 'Name schemas that hold tables, as they are spelled in the catalog; without --schemas all are looked at.',
  });
}
