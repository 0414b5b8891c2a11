import { splitRelation } from '../../../ops/contract/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import { filledIn, identifier, literal, qualified, type Session } from '../../../ops/postgres/index.ts';
import { queryAs, runAs } from '../../confined/index.ts';
import type { Backfill } from './file.ts';
import type { BackfillState } from './state.ts';

/** Batches are resized so that each holds its locks for about this long. */
const targetBatchMs = 40;
const smallestBatch = 100;
const largestBatch = 50_000;

interface Key {
  /** Quoted column names, in key order. */
  readonly columns: readonly string[];
  readonly types: readonly string[];
}

/** The table being walked, ready to stand in SQL. */
interface Walk {
  readonly target: string;
  /** How the change statement calls the table, when it gives it an alias. */
  readonly prefix: string;
  readonly key: Key;
}

/**
 * Walks a table by its primary key, a batch per transaction.
 * Keyset, not OFFSET: every batch begins after the last key of the one before, and the end is fixed when the walk
 * begins, so rows added meanwhile cannot keep it going for ever.
 */
export async function changeInBatches(
  session: Session,
  item: Backfill,
  state: BackfillState,
  progress: (done: number, expected: number) => void,
): Promise<void> {
  const walk = await openWalk(session, item);
  await fixEnd(session, item, state, walk);
  let size = item.batch;
  while (state.upperKey) {
    const startedAt = performance.now();
    const more = await changeOneBatch(session, item, state, walk, size);
    if (!more) return state.reachEnd(session);
    progress(state.changed, state.expected);
    size = resized(size, performance.now() - startedAt);
  }
}

/** `walks: schema.table` or `walks: schema.table as alias`. */
async function openWalk(session: Session, item: Backfill): Promise<Walk> {
  const [path = '', , alias] = item.walks!.split(/\s+(as)\s+/);
  const { schema, table } = splitRelation(path);
  const target = qualified(schema, table);
  return { target, prefix: alias ? `${identifier(alias)}.` : '', key: await primaryKey(session, target, item) };
}

async function fixEnd(session: Session, item: Backfill, state: BackfillState, walk: Walk): Promise<void> {
  if (state.upperKey) return;
  await session.transaction(async () => {
    const upper = await highestKey(session, item, walk, `select * from ${walk.target}`);
    await session.query('reset role');
    if (upper) await state.endAt(session, upper);
  });
}

/** @returns false when there was no row left to walk */
async function changeOneBatch(
  session: Session,
  item: Backfill,
  state: BackfillState,
  walk: Walk,
  size: number,
): Promise<boolean> {
  return session.transaction(async () => {
    await session.query(`set local lock_timeout = ${item.lockTimeoutMs}`);
    const { columns } = walk.key;
    const remaining = rangePredicate(walk.key, '', state.lastKey, state.upperKey!);
    const batch = `select ${columns.join(', ')} from ${walk.target} where ${remaining} order by ${columns.join(', ')} limit ${size}`;
    const boundary = await highestKey(session, item, walk, batch);
    if (!boundary) return false;
    const range = rangePredicate(walk.key, walk.prefix, state.lastKey, boundary);
    const sent = filledIn(item.change, ':batch', range);
    const { rowCount } = await runAs(session, item.as, item.file, { sent });
    await session.query('reset role');
    await state.advance(session, rowCount, boundary);
    return true;
  });
}

/** The highest key among the rows of a query, as text. */
async function highestKey(
  session: Session,
  item: Backfill,
  { key }: Walk,
  rows: string,
): Promise<string[] | undefined> {
  const texts = key.columns.map((column, index) => `${column}::text as k${index}`).join(', ');
  const descending = key.columns.map((column) => `${column} desc`).join(', ');
  const found = await queryAs<Record<string, string>>(
    session,
    item.as,
    `select ${texts} from (${rows}) as batch order by ${descending} limit 1`,
  );
  return found.rows[0] && Object.values(found.rows[0]);
}

function rangePredicate(key: Key, prefix: string, after: unknown[] | null, upTo: unknown[]): string {
  const columns = `(${key.columns.map((column) => prefix + column).join(', ')})`;
  const from = after ? `${columns} > ${keyValue(key, after)} and ` : '';
  return `(${from}${columns} <= ${keyValue(key, upTo)})`;
}

function keyValue(key: Key, values: unknown[]): string {
  return `(${values.map((value, index) => `${literal(String(value))}::${key.types[index]}`).join(', ')})`;
}

async function primaryKey(session: Session, target: string, item: Backfill): Promise<Key> {
  const { there } = await session.row<{ there: boolean }>('select pg_catalog.to_regclass($1) is not null as there', [
    target,
  ]);
  if (!there) {
    throw new DrydockError('BACKFILL_NO_TABLE', `${item.file.path} walks ${item.walks}, which is not there.`, {
      hint: 'Write the table as schema.table, in the letters it was made with.',
    });
  }
  const { rows } = await session.query<{ name: string; type: string }>(
    `select attribute.attname as name, pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as type
     from unnest(drydock.key_columns($1::regclass)) with ordinality as key (name, position)
     join pg_catalog.pg_attribute as attribute on attribute.attrelid = $1::regclass and attribute.attname = key.name
     order by key.position`,
    [target],
  );
  if (rows.length > 0) {
    return { columns: rows.map(({ name }) => identifier(name)), types: rows.map(({ type }) => type) };
  }
  throw new DrydockError('BACKFILL_NO_KEY', `${item.file.path} walks ${item.walks}, which has no primary key.`, {
    hint: 'Give the table a primary key, or drop the "-- walks:" line to change it in one statement.',
  });
}

/** Locks are held for the length of a batch, so its length is steered, not its row count. */
function resized(size: number, durationMs: number): number {
  const ideal = size * (targetBatchMs / Math.max(durationMs, 1));
  const gentle = Math.min(size * 2, Math.max(size / 2, ideal));
  return Math.round(Math.min(largestBatch, Math.max(smallestBatch, gentle)));
}
