import type { Session } from '../../../ops/postgres/index.ts';
import type { Backfill } from './file.ts';

/** Where a backfill stands. The table is the truth; this is a copy of its row. */
export class BackfillState {
  readonly file: string;
  readonly expected: number;
  readonly finished: boolean;
  changed: number;
  batches: number;
  lastKey: unknown[] | null;
  /** Where the walk ends: the highest key when it began. */
  upperKey: unknown[] | null;

  constructor(row: StateRow) {
    this.file = row.file;
    this.expected = row.expected;
    this.finished = row.finished_at !== null;
    this.changed = row.changed;
    this.batches = row.batches;
    this.lastKey = row.last_key;
    this.upperKey = row.upper_key;
  }

  /** Fixes where the walk ends. */
  async endAt(session: Session, upperKey: unknown[]): Promise<void> {
    await session.query('update drydock.backfill_state set upper_key = $2::jsonb where file = $1', [
      this.file,
      JSON.stringify(upperKey),
    ]);
    this.upperKey = upperKey;
  }

  /** Notes that the walk has reached its end, also where its last rows are gone; the next time it begins anew. */
  async reachEnd(session: Session): Promise<void> {
    await session.query('update drydock.backfill_state set last_key = upper_key where file = $1', [this.file]);
    this.lastKey = this.upperKey;
  }

  /** Writes progress; call it in the transaction that made it. */
  async advance(session: Session, rows: number, lastKey: unknown[] | null = null): Promise<void> {
    await session.query(
      `update drydock.backfill_state set changed = changed + $2, batches = batches + 1, last_key = $3::jsonb
       where file = $1`,
      [this.file, rows, lastKey && JSON.stringify(lastKey)],
    );
    this.changed += rows;
    this.batches += 1;
    this.lastKey = lastKey;
  }
}

interface StateRow {
  readonly file: string;
  readonly sha256: string;
  readonly expected: number;
  readonly changed: number;
  readonly batches: number;
  readonly last_key: unknown[] | null;
  readonly upper_key: unknown[] | null;
  readonly finished_at: string | null;
  /** Nothing is left for it to go on with: it finished, or its walk is at the end. */
  readonly ended: boolean | null;
}

const columns = `file, sha256, expected, changed, batches, last_key, upper_key, finished_at,
  finished_at is not null or last_key = upper_key as ended`;

/**
 * Begins a backfill, or finds where an unfinished one of the same file stands.
 * An ended or edited one begins anew: `todo` then says how much there is to do this time.
 */
export async function openState(session: Session, item: Backfill, todo: number): Promise<BackfillState> {
  const { rows } = await session.query<StateRow>(`select ${columns} from drydock.backfill_state where file = $1`, [
    item.file.path,
  ]);
  const [found] = rows;
  const resumable = found && !found.ended && found.sha256 === item.file.sha256;
  if (resumable) return new BackfillState(found);
  const begun = await session.row<StateRow>(
    `insert into drydock.backfill_state (file, sha256, expected) values ($1, $2, $3)
     on conflict (file) do update set sha256 = excluded.sha256, expected = excluded.expected, changed = 0, last_key = null,
         upper_key = null, batches = 0, started_at = now(), finished_at = null
     returning ${columns}`,
    [item.file.path, item.file.sha256, todo],
  );
  return new BackfillState(begun);
}

export async function finishState(session: Session, item: Backfill): Promise<void> {
  await session.query('update drydock.backfill_state set finished_at = now() where file = $1', [item.file.path]);
}
