import { DrydockError } from '../../../ops/errors.ts';
import { filledIn, literal, unchanged, type Session, type SqlSection } from '../../../ops/postgres/index.ts';
import { confineAhead, runAs } from '../../confined/index.ts';
import type { Backfill } from './file.ts';
import { changeInBatches } from './walk.ts';
import { finishState, openState } from './state.ts';

export interface BackfillResult {
  readonly file: string;
  readonly title: string;
  /** Rows its todo query counted before it first began. */
  readonly expected: number;
  readonly changed: number;
  /** Rows its todo query counts now. */
  readonly remaining: number;
  readonly batches: number;
  readonly report: readonly Record<string, unknown>[];
}

/**
 * Runs a backfill to its end, or goes on where a killed one stopped.
 * Every batch is a transaction of its own, in which the progress is written too.
 */
export async function runBackfill(
  session: Session,
  item: Backfill,
  progress: (done: number, expected: number) => void,
): Promise<BackfillResult> {
  if (item.as.how !== 'itself') await confineAhead(session, item.as.role);
  const state = await openState(session, item, await countTodo(session, item));
  if (!state.finished) {
    if (item.walks) await changeInBatches(session, item, state, progress);
    else await changeAtOnce(session, item, state);
  }
  const remaining = await countTodo(session, item);
  if (remaining === 0) await finishState(session, item);
  return {
    file: item.file.path,
    title: item.title,
    expected: state.expected,
    changed: state.changed,
    remaining,
    batches: state.batches,
    report: item.report ? await read(session, item, item.report) : [],
  };
}

async function changeAtOnce(session: Session, item: Backfill, state: Awaited<ReturnType<typeof openState>>) {
  await session.transaction(async () => {
    await session.query(`set local lock_timeout = ${item.lockTimeoutMs}`);
    const { rowCount } = await runAs(session, item.as, item.file, { sent: filled(item, item.change) });
    await session.query('reset role');
    await state.advance(session, rowCount);
  });
}

/** The one number that a todo query returns. Anything else could be taken for "nothing to do". */
async function countTodo(session: Session, item: Backfill): Promise<number> {
  const rows = await read(session, item, item.todo);
  const values = rows.flatMap((row) => Object.values(row));
  const [count] = values;
  if (values.length === 1 && Number.isInteger(count) && Number(count) >= 0) return Number(count);
  const returned = values.length === 1 ? JSON.stringify(count) : `${values.length} values`;
  throw new DrydockError('BACKFILL_TODO', `The todo query of ${item.file.path} returned ${returned}, not a count.`, {
    hint: 'Let it return one number, of rows that are still to do: "select count(*) from … where …".',
  });
}

async function read(session: Session, item: Backfill, section: SqlSection): Promise<Record<string, unknown>[]> {
  const sent = filled(item, section);
  return session.rolledBack(async () => (await runAs(session, item.as, item.file, { sent, readOnly: true })).rows);
}

/** A section with the rows of its CSV file in the place of `:'csv'`. */
function filled({ csv }: Backfill, section: SqlSection) {
  return csv === undefined ? unchanged(section) : filledIn(section, ":'csv'", literal(csv));
}
