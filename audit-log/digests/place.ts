import { codeOf, messageOf } from '../../ops/errors.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import {
  EmittedCounts,
  reconcile,
  sourceOf,
  spoolFiles,
  type Backend,
  type Reconciliation,
  type Window,
} from '../events/index.ts';
import { fileTallies } from './file-tallies.ts';
import type { DigestPlace } from './head.ts';
import type { OldestDays } from './privacy.ts';
import { RollUps } from './roll-ups.ts';
import type { Service } from './services.ts';
import { rollUpTallies, spooledTallies, storingServices } from './sources.ts';
import { together } from './tally.ts';

export interface DigestOrder {
  readonly backend: Backend;
  /** Of a reader. Without it digests are made from files. */
  readonly target: Target | undefined;
  /** JSONL files, and Parquet files of compacted days. */
  readonly directory: string;
  readonly compacted: string;
  /** This machine's name, as the writer has it. */
  readonly host: string;
  /** Cancels what is asked of Postgres. */
  readonly cancel?: AbortSignal;
  now(): Date;
}

export interface OpenDigestPlace extends DigestPlace, AsyncDisposable {
  /** Undefined where files answer. */
  readonly session: Session | undefined;
}

/** Whether Postgres is where events are looked for. */
export function usesPostgres({ backend }: Pick<DigestOrder, 'backend'>): boolean {
  return backend === 'auto' || backend === 'postgres';
}

/**
 * Opens what digests read: Postgres and what is still spooled, or files alone. Where `auto` cannot reach Postgres, the
 * files answer: they have every event of this directory, and the digest says that it may lack those of others.
 * @throws when `postgres` is asked for and cannot be reached, and when it can and refuses
 */
export async function openDigestPlace(order: DigestOrder): Promise<OpenDigestPlace> {
  const session = await sessionOf(order);
  if (!(session instanceof Session)) {
    return { ...filesOnly(order, session), session: undefined, async [Symbol.asyncDispose]() {} };
  }
  await using opened = new AsyncDisposableStack();
  opened.use(session);
  const place = await inPostgres(order, session);
  const kept = opened.move();
  return { ...place, session, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** @returns a sentence where Postgres should answer and cannot be reached; undefined where it is not asked */
export async function sessionOf(order: DigestOrder): Promise<Session | string | undefined> {
  if (!usesPostgres(order) || !order.target) return undefined;
  try {
    return await Session.open(order.target, { applicationName: 'drydock digests', cancel: order.cancel });
  } catch (error) {
    if (order.backend === 'postgres' || codeOf(error) !== 'CONNECT_FAILED') throw error;
    return `these are the events of this directory only: ${messageOf(error).replace(/\.$/, '')}`;
  }
}

/** @param emitted, rollUps whoever asks again and again hands in the same ones */
export async function inPostgres(
  order: DigestOrder,
  session: Session,
  emitted = new EmittedCounts(),
  rollUps = new RollUps(order.now),
): Promise<DigestPlace> {
  const { directory, now } = order;
  const [asOf, tallies] = [await rollUps.freshBy(session), rollUpTallies(session)];
  if (spoolFiles(directory).length === 0) {
    const services = (window: Window) => storingServices(session, window);
    return { tallies, asOf, now, reconcile: async () => undefined, services };
  }
  const balance = async (window: Window) => reconcile({ ...(await sourceIn(order)), session, emitted }, window);
  return {
    asOf,
    tallies: together('postgres + jsonl', [tallies, spooledTallies(directory)]),
    now,
    reconcile: balance,
    services: async (window: Window) => withSpooled(await storingServices(session, window), await balance(window)),
  };
}

export function filesOnly(order: DigestOrder, doubt?: string, emitted = new EmittedCounts()): DigestPlace {
  const { directory, compacted, now } = order;
  const balance = async (window: Window) =>
    spoolFiles(directory).length === 0
      ? undefined
      : reconcile({ ...(await sourceIn(order)), session: undefined, emitted }, window);
  return {
    tallies: fileTallies(directory, compacted),
    now,
    reconcile: balance,
    services: async (window: Window) => withSpooled([], await balance(window)),
    ...(doubt !== undefined && { doubt }),
  };
}

/** The directory here may have events of a window of which Postgres has none yet. */
function withSpooled(services: readonly Service[], balance: Reconciliation | undefined): readonly Service[] {
  if (!balance || balance.spooled === 0) return services;
  const { source, spooled } = balance;
  const before = services.find(({ name }) => name === source)?.events ?? 0;
  return [...services.filter(({ name }) => name !== source), { name: source, events: before + spooled }];
}

async function sourceIn({ directory, host }: DigestOrder): Promise<{ directory: string; source: string }> {
  return { directory, source: await sourceOf(directory, host) };
}

/** The oldest day in each place, for the retention in a privacy digest. */
export async function oldestDays({ directory }: DigestOrder, session: Session | undefined): Promise<OldestDays> {
  const jsonl = spoolFiles(directory)[0]?.day ?? null;
  if (!session) return { jsonl, postgres: undefined };
  const { day } = await session.row<{ day: string | null }>(
    'select min(day)::text as day from audit.tool_event_partition',
  );
  return { jsonl, postgres: day };
}
