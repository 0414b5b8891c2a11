import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../../ops/errors.ts';
import { tryLock, type HeldLock } from '../../ops/lock.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { Keys } from './keys.ts';
import { takeInPersonal } from './personal.ts';
import { dateOf, entriesOf, type Checkpoint, type Entry } from './proof/index.ts';
import type { Publisher } from './publish.ts';
import { databaseIdentity, packedRecords, recordQuery } from './queries.ts';
import { SealFolder } from './seal-folder.ts';

export interface SealOrder {
  /** A record session of a login that is a member of record_keeper. */
  readonly session: Session;
  readonly folder: string;
  readonly keys: Keys;
  now(): Date;
  /** Told of every checkpoint after it was written: publishes it elsewhere. */
  publish?: Publisher | undefined;
}

export interface SealReport {
  readonly checkpoints: number;
  readonly records: number;
  readonly personal: number;
  readonly head: { readonly number: number; readonly sha256: string } | undefined;
}

const backlogStep = 200_000;
/** Without records a checkpoint says so this often: that nothing happened can be proven too. */
const heartbeatMs = 3_600_000;
const regressionUs = 1_000_000n;

/**
 * Seals records, off the path of those who write them: personal data goes under its keys, committed records into signed checkpoints.
 * One sealer per folder.
 */
export class Sealer implements Disposable {
  readonly #order: SealOrder;
  readonly #seals: SealFolder;
  readonly #held: HeldLock;
  readonly #database: string;
  readonly #newest = new Map<string, bigint>();

  private constructor(order: SealOrder, seals: SealFolder, held: HeldLock, database: string) {
    this.#order = order;
    this.#seals = seals;
    this.#held = held;
    this.#database = database;
  }

  /** @throws RECORDS_SEALER_RUNNING, RECORDS_SEALS_DAMAGED, RECORDS_OTHER_DATABASE */
  static async open(order: SealOrder): Promise<Sealer> {
    const held = tryLock(join(order.folder, '.lock'));
    if (!held) {
      throw new DrydockError('RECORDS_SEALER_RUNNING', `Another sealer works on ${order.folder}.`, {
        hint: 'Leave it to that one, or end it first: seals are one chain.',
      });
    }
    try {
      const seals = SealFolder.open(order.folder);
      const database = await databaseIdentity(order.session);
      await requireSameDatabase(order.session, seals, database);
      const sealer = new Sealer(order, seals, held, database);
      await sealer.#readNewest();
      return sealer;
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  /** Seals all that is committed now. */
  async pass(): Promise<SealReport> {
    const { session, keys } = this.#order;
    let [personal, checkpoints, records] = [0, 0, 0];
    for (let taken = -1; taken !== 0; personal += taken) taken = await takeInPersonal(session, keys);
    for (let more = true; more;) {
      const step = await this.#step();
      more = step.more;
      checkpoints += step.sealed ? 1 : 0;
      records += step.sealed?.records ?? 0;
    }
    return { checkpoints, records, personal, head: this.#seals.anchor };
  }

  /** Seals again and again until the signal is aborted. */
  async keepSealing(signal: AbortSignal, intervalMs: number, each: (report: SealReport) => void): Promise<void> {
    while (!signal.aborted) {
      each(await this.pass());
      await sleep(intervalMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
  }

  [Symbol.dispose](): void {
    this.#seals.save();
    this.#held[Symbol.dispose]();
  }

  async #step(): Promise<{ sealed: Checkpoint | undefined; more: boolean }> {
    const { session, keys, now, publish } = this.#order;
    const from = this.#seals.last?.horizon ?? '0';
    const [reach] = await recordQuery<{ horizon: string; more: boolean }>(session, 'horizon', [from, backlogStep]);
    const { horizon, more } = reach!;
    const segment = BigInt(horizon) > BigInt(from) ? await packedRecords(session, from, horizon) : Buffer.alloc(0);
    const at = now();
    if (segment.length === 0 && !this.#isHeartbeatDue(at)) {
      await session.query("select audit.note_audit_job('seal', null)");
      return { sealed: undefined, more: false };
    }
    const sealed = this.#seals.append(segment, { horizon, database: this.#database, at }, keys);
    await this.#note(entriesOf(segment));
    await publish?.(sealed, this.#seals.anchor!.sha256);
    return { sealed, more: more && segment.length > 0 };
  }

  async #readNewest(): Promise<void> {
    const { rows } = await this.#order.session.query<{ workspace_id: string; us: string }>(
      `select workspace_id, (extract(epoch from last_created_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint::text as us
       from audit.audit_event_sequence`,
    );
    for (const { workspace_id, us } of rows) this.#newest.set(workspace_id, BigInt(us));
  }

  #isHeartbeatDue(at: Date): boolean {
    const { last } = this.#seals;
    return !last || at.getTime() - Date.parse(last.at) >= heartbeatMs;
  }

  /** Positions and regressions, for whoever asks the database. */
  async #note(entries: readonly Entry[]): Promise<void> {
    const heads = new Map<string, Entry>();
    const regressions: unknown[] = [];
    for (const entry of entries) {
      const newest = this.#newest.get(entry.workspace) ?? entry.createdAt;
      if (entry.createdAt + regressionUs < newest)
        regressions.push({
          record_id: entry.id,
          workspace_id: entry.workspace,
          created_at: timestampOf(entry.createdAt),
          newest_before: timestampOf(newest),
        });
      this.#newest.set(entry.workspace, entry.createdAt > newest ? entry.createdAt : newest);
      heads.set(entry.workspace, entry);
    }
    const positions = [...heads.values()].map(({ id, workspace, createdAt }) => ({
      workspace_id: workspace,
      last_event_id: id,
      last_created_at: timestampOf(createdAt),
      last_position: this.#seals.trees.get(workspace)!.size,
    }));
    await this.#order.session.query('select audit.note_seal($1, $2)', [
      JSON.stringify(positions),
      JSON.stringify(regressions),
    ]);
  }
}

/** Transaction numbers of another cluster mean nothing here, nor do those of this one after it went back in time. */
async function requireSameDatabase(session: Session, { last }: SealFolder, database: string): Promise<void> {
  if (!last) return;
  const { next } = await session.row<{ next: string }>('select pg_snapshot_xmax(pg_current_snapshot())::text as next');
  if (last.database === database && BigInt(next) >= BigInt(last.horizon)) return;
  throw new DrydockError(
    'RECORDS_OTHER_DATABASE',
    `These seals are of ${last.database} up to transaction ${last.horizon}; this is ${database} at ${next}.`,
    {
      hint: 'A restored or copied database has another history. Run `drydock records verify` against it, then seal it into a folder of its own.',
    },
  );
}

function timestampOf(microseconds: bigint): string {
  const rest = String(((microseconds % 1000n) + 1000n) % 1000n).padStart(3, '0');
  return dateOf(microseconds).toISOString().replace('Z', `${rest}Z`);
}
