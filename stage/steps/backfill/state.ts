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
    await session.query('select drydock.note_backfill_end($1, $2)', [this.file, JSON.stringify(upperKey)]);
    this.upperKey = upperKey;
  }

  /** Notes that the walk has reached its end, also where its last rows are gone; the next time it begins anew. */
  async reachEnd(session: Session): Promise<void> {
    await session.query('select drydock.note_backfill_walked($1)', [this.file]);
    this.lastKey = this.upperKey;
  }

  /** Writes progress; call it in the transaction that made it. */
  async advance(session: Session, rows: number, lastKey: unknown[] | null = null): Promise<void> {
    const values = [this.file, rows, lastKey && JSON.stringify(lastKey)];
    await session.query('select drydock.note_backfill_batch($1, $2, $3)', values);
    this.changed += rows;
    this.batches += 1;
    this.lastKey = lastKey;
  }
}

interface StateRow {
  readonly file: string;
  readonly expected: number;
  readonly changed: number;
  readonly batches: number;
  readonly last_key: unknown[] | null;
  readonly upper_key: unknown[] | null;
  readonly finished_at: string | null;
}

/** Begins a backfill, or finds where an unfinished one of the same file stands: drydock.begin_backfill decides. */
export async function openState(session: Session, item: Backfill, todo: number): Promise<BackfillState> {
  const row = await session.row<StateRow>('select * from drydock.begin_backfill($1, $2, $3)', [
    item.file.path,
    item.file.sha256,
    todo,
  ]);
  return new BackfillState(row);
}

export async function finishState(session: Session, item: Backfill): Promise<void> {
  await session.query('select drydock.note_backfill_finished($1)', [item.file.path]);
}
