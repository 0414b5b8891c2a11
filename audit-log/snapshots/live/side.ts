import type { SnapshotPlan } from '../../../ops/config/index.ts';
import type { ReadOnlyReceipt, Session, Target } from '../../../ops/postgres/index.ts';
import { exportedColumns } from '../columns.ts';
import type { ComparedDatabase } from '../compare/comparison.ts';
import { estimateSeeds, type SeedEstimate } from '../estimate.ts';
import { budgetOf, sessionLimitsOf, setSalt } from '../limits.ts';
import type { Role, Server } from '../manifest.ts';
import { Meter } from '../meter.ts';
import { catalogRows } from '../queries.ts';
import { fullName, resolvePlan, type Resolved } from '../resolve.ts';
import { onOneSnapshot } from '../sessions.ts';
import { nameOf } from '../tables.ts';
import type { ComparedRows } from './buckets.ts';

/** A database to be compared, and where its tables are that are named without a schema. */
export interface LiveDatabase {
  readonly target: Target;
  readonly schema: string;
}

type Row = readonly (string | null)[];

/** One of the two databases while both are read: a read-only session on one snapshot, and what the plan means there. */
export class LiveSide {
  readonly server: Server;
  readonly meter: Meter;
  readonly #database: LiveDatabase;
  readonly #session: Session;
  readonly #plan: SnapshotPlan;
  readonly #resolved: Resolved;
  readonly #estimates: readonly SeedEstimate[];
  readonly #role: Role;

  private constructor(
    database: LiveDatabase,
    session: Session,
    plan: SnapshotPlan,
    meter: Meter,
    found: { server: Server; role: Role; resolved: Resolved; estimates: readonly SeedEstimate[] },
  ) {
    this.#database = database;
    this.#session = session;
    this.#plan = plan;
    this.meter = meter;
    this.server = found.server;
    this.#role = found.role;
    this.#resolved = found.resolved;
    this.#estimates = found.estimates;
  }

  /** Looks up what the plan names and weighs it, then does `work`. @throws as resolvePlan, and SNAPSHOT_COST */
  static async using<T>(
    database: LiveDatabase,
    plan: SnapshotPlan,
    { maskSalt, signal }: { maskSalt: string | undefined; signal: AbortSignal | undefined },
    work: (side: LiveSide) => Promise<T>,
  ): Promise<{ value: T; receipt: ReadOnlyReceipt }> {
    const open = async (session: Session) => {
      const [server] = await catalogRows<Server>(session, 'server');
      const [role] = await catalogRows<Role>(session, 'role');
      const resolved = await resolvePlan(session, plan, database.schema);
      const meter = new Meter(budgetOf(plan));
      const estimates = await estimateSeeds(session, meter, resolved);
      await setSalt(session, maskSalt);
      return new LiveSide(database, session, plan, meter, { server: server!, role: role!, resolved, estimates });
    };
    const limits = sessionLimitsOf(plan);
    const { value, receipts } = await onOneSnapshot(
      database.target,
      limits,
      1,
      async ([session]) => work(await open(session!)),
      signal,
    );
    return { value, receipt: receipts[0]! };
  }

  /** `schema.table` for a name of the plan. */
  nameOf(table: string): string {
    return fullName(table, this.#plan.schema ?? this.#database.schema).join('.');
  }

  /** The rows of a seed of the plan; nothing where the table is not here. */
  rowsOf(table: string): ComparedRows | undefined {
    const name = this.nameOf(table);
    const seed = this.#resolved.seeds.find((one) => nameOf(one.table) === name);
    if (!seed) return undefined;
    const columns = exportedColumns(seed.table, this.#resolved.settings.get(name) ?? {}, seed.table.key ?? []);
    const expected = this.#estimates.find((one) => one.table === name)!.rows;
    return { table: seed.table, columns, where: seed.where?.text ?? 'true', limit: seed.limit, expected };
  }

  read(what: string, select: string, values: unknown[] = []): Promise<Row[]> {
    return this.meter.rows(this.#session, { what, select }, values);
  }

  /** As `read`, where what is read are rows of the table, and count. */
  fetch(what: string, select: string, values: unknown[]): Promise<Row[]> {
    return this.meter.fetch(this.#session, { what, select }, values);
  }

  /** What a comparison says of this database. */
  described(receipt: ReadOnlyReceipt): ComparedDatabase {
    const { host, port } = this.#database.target;
    return { host, port, server: this.server, role: this.#role, receipt, statements: this.meter.receipts };
  }
}
