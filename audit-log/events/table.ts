import { codeOf, messageOf } from '../../ops/errors.ts';
import { copyField, Session, type Target } from '../../ops/postgres/index.ts';
import { columns, type ToolEvent } from './event.ts';
import { notReady } from './not-ready.ts';
import type { Rejection } from './rejects.ts';

export interface Written {
  readonly stored: number;
  /** Were there already: a commit whose answer got lost. */
  readonly duplicates: number;
  readonly rejections: readonly Rejection[];
}

const nothing: Written = { stored: 0, duplicates: 0, rejections: [] };
const outsideReason = 'older or newer than every partition of audit.tool_audit_events';

const list = columns.join(', ');
const copy = `copy audit.tool_audit_events (${list}) from stdin`;
const uniqueViolation = '23505';
const connectPatienceMs = 5_000;
const statementPatienceMs = 30_000;
/** Longer than the server's own patience: only a connection that died without a word takes so long. */
const usualPatienceMs = 40_000;

/** Writes batches into the table in Postgres, each event once however often it is sent. Connects when it is first needed. */
export class EventTable implements AsyncDisposable {
  readonly #target: Target;
  readonly #cancel: AbortSignal | undefined;
  readonly #source: string;
  readonly #answerPatienceMs: number;
  #session: Session | undefined;

  /**
   * @param source goes into the ledger: where these events were collected
   * @param options.cancel cancels what is under way
   * @param options.answerPatienceMs how long a server may be silent before its connection counts as dead
   */
  constructor(
    target: Target,
    source: string,
    { answerPatienceMs = usualPatienceMs, cancel }: { answerPatienceMs?: number; cancel?: AbortSignal } = {},
  ) {
    this.#cancel = cancel;
    this.#target = target;
    this.#source = source;
    this.#answerPatienceMs = answerPatienceMs;
  }

  /** Logs in, and makes sure that there are partitions for today. @throws when that cannot be done */
  async connect(): Promise<Session> {
    if (this.#session) return this.#session;
    const session = await Session.open(this.#target, {
      applicationName: this.#source,
      timeoutMs: connectPatienceMs,
      cancel: this.#cancel,
    });
    try {
      await session.query(`set statement_timeout = ${statementPatienceMs}`);
      await session.query('select audit.keep_tool_event_partitions_ahead()');
    } catch (error) {
      await session.close();
      throw notReady(error, 'tool_event_writer');
    }
    return (this.#session = session);
  }

  /**
   * Stores a batch. What is wrong with single events ends up in `rejections`.
   * @throws when the server is what is wrong; whether the batch was committed is then unknown, and it may be sent again
   */
  async write(events: readonly ToolEvent[]): Promise<Written> {
    const session = await this.connect();
    try {
      return await within(this.#answerPatienceMs, writeTo(session, events));
    } catch (error) {
      this.#session = undefined;
      void session.close().catch(() => {}); // it is broken already, and may never say goodbye; what broke it is thrown
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.close().catch(() => {}); // nothing is under way
    this.#session = undefined;
  }
}

async function within<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  using timer = alarm(patienceMs);
  return await Promise.race([work, timer.rings]);
}

function alarm(patienceMs: number): { rings: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer from Postgres within ${patienceMs} ms`)), patienceMs);
  return { rings: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Stores what can be stored of a batch, and finds out which of its events are at fault. */
async function writeTo(session: Session, events: readonly ToolEvent[]): Promise<Written> {
  if (events.length === 0) return nothing;
  try {
    return await writeWhole(session, events);
  } catch (error) {
    if (isOutside(error)) return await writeInside(session, events, error);
    if (isAboutData(error)) return await halve(session, events, error);
    throw error;
  }
}

/**
 * Leaves out the events of days that have no partition; there may be a whole outage of them. A writer that was connected
 * for longer than partitions are made ahead gets new ones here.
 */
async function writeInside(session: Session, events: readonly ToolEvent[], error: unknown): Promise<Written> {
  const { made } = await session.row<{ made: number }>('select audit.keep_tool_event_partitions_ahead() as made');
  const { rows } = await session.query<{ day: string }>('select day::text from audit.tool_event_partition');
  const days = new Set(rows.map(({ day }) => day));
  const inside = events.filter(({ ts }) => days.has(ts.slice(0, 10)));
  const outside = events.filter(({ ts }) => !days.has(ts.slice(0, 10)));
  if (made === 0 && outside.length === 0) return await halve(session, events, error);
  const rejections = outside.map((event) => ({ event, reason: outsideReason }));
  return sumOf({ ...nothing, rejections }, await writeTo(session, inside));
}

/** Until the events that are at fault stand alone. */
async function halve(session: Session, events: readonly ToolEvent[], error: unknown): Promise<Written> {
  if (events.length === 1) return { ...nothing, rejections: [{ event: events[0]!, reason: messageOf(error) }] };
  const middle = events.length >> 1;
  return sumOf(await writeTo(session, events.slice(0, middle)), await writeTo(session, events.slice(middle)));
}

function sumOf(a: Written, b: Written): Written {
  return {
    stored: a.stored + b.stored,
    duplicates: a.duplicates + b.duplicates,
    rejections: [...a.rejections, ...b.rejections],
  };
}

/** COPY is fastest and knows no ON CONFLICT, so only a batch that was there before pays for looking. */
async function writeWhole(session: Session, events: readonly ToolEvent[]): Promise<Written> {
  try {
    await session.transaction(async () => {
      await session.copyIn(copy, copyText(events));
      await session.query('select audit.note_tool_events($1, $2)', countsOf(events));
    });
    return { stored: events.length, duplicates: 0, rejections: [] };
  } catch (error) {
    if (codeOf(error) !== uniqueViolation) throw error;
    const values = [JSON.stringify(events)];
    const { stored } = await session.row<{ stored: number }>('select audit.store_tool_events($1) as stored', values);
    return { stored, duplicates: events.length - stored, rejections: [] };
  }
}

/** The minutes of a batch, and how many of its events each has. */
function countsOf(events: readonly ToolEvent[]): [minutes: string[], counts: number[]] {
  const counts = new Map<string, number>();
  for (const { ts } of events) {
    const minute = `${ts.slice(0, 16)}Z`;
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  return [[...counts.keys()], [...counts.values()]];
}

/** Rows enough that a piece is worth sending, and few enough that the server need not wait for long. */
const rowsAtOnce = 250;

/** In pieces, so that the server takes some while others are made. */
function* copyText(events: readonly ToolEvent[]): Generator<string> {
  for (let from = 0; from < events.length; from += rowsAtOnce) {
    let piece = '';
    for (const event of events.slice(from, from + rowsAtOnce)) piece += copyRow(event);
    yield piece;
  }
}

function copyRow(event: ToolEvent): string {
  let row = '';
  for (const column of columns) row += `${copyField(event[column])}\t`;
  return `${row.slice(0, -1)}\n`;
}

/** Classes 22 and 23: the values. Everything else (no table, no right, no space, no server) is not the event's fault. */
function isAboutData(error: unknown): boolean {
  return /^2[23]/.test(codeOf(error) ?? '');
}

/** What Postgres says when no partition is there: a check violation that names no constraint. */
function isOutside(error: unknown): boolean {
  return codeOf(error) === '23514' && (error as { constraint?: string }).constraint === undefined;
}
