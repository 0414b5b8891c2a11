import { setTimeout as sleep } from 'node:timers/promises';
import type { TrailPlace } from '../leases/index.ts';
import type { Instance, Provider, StartOrder } from '../providers/index.ts';
import { KeeperSeat, type KeptInstance } from './register.ts';
import { tick } from './tick.ts';

/** How a keeper's work ended. */
export type KeeperEnd = 'expired' | 'taken down' | 'instance gone';

export interface KeepOrder extends StartOrder {
  readonly provider: Provider;
  readonly project: string;
  readonly projectFile: string;
  readonly database: string;
  /** How long the instance may live, in milliseconds from when it is up. */
  readonly ttlMs: number;
  /** Where leases that end are written down. */
  readonly place: TrailPlace;
  /** The keeper's own process id. */
  readonly pid: number;
  /** Aborted to take the instance down. */
  readonly signal: AbortSignal;
  readonly tickMs?: number;
  now(): Date;
  /** Told once the instance is up and in the register. */
  ready(kept: KeptInstance): void;
}

/** An instance that cannot be reached on so many ticks in a row is gone. */
const patienceTicks = 3;
const defaultTickMs = 1000;

/** Brings up an instance and keeps it until its time is over, it is taken down, or it is gone; then clears all of it. */
export async function keep(order: KeepOrder): Promise<KeeperEnd> {
  await using seat = await KeeperSeat.take(order.home, order.runId);
  const expiresAt = new Date(order.now().getTime() + order.ttlMs).toISOString();
  const keptBy = { owner: `keeper, process ${order.pid}`, expiresAt };
  await using instance = await order.provider.start({ ...order, keptBy });
  const kept = keptInstance(order, instance);
  await seat.announce(kept);
  order.ready(kept);
  return await untilTheEnd(order, seat, kept);
}

function keptInstance(order: KeepOrder, { stop: _stop, ...address }: Instance): KeptInstance {
  const { project, projectFile, database, pid, ttlMs } = order;
  const startedAt = order.now();
  return {
    address,
    project,
    projectFile,
    database,
    pid,
    startedAt: startedAt.toISOString(),
    expiresAt: new Date(startedAt.getTime() + ttlMs).toISOString(),
    problem: null,
  };
}

async function untilTheEnd(order: KeepOrder, seat: KeeperSeat, kept: KeptInstance): Promise<KeeperEnd> {
  const { signal, tickMs = defaultTickMs } = order;
  const leftMs = timeLeft(order, kept);
  let unreached = 0;
  let problem = kept.problem;
  let pauseMs = tickMs;
  while (!signal.aborted) {
    if (leftMs() <= 0) return 'expired';
    await pause(Math.min(pauseMs, leftMs()), signal);
    const done = await tick(order, kept, leftMs());
    pauseMs = pauseUntil(done.next, order.now(), tickMs);
    unreached = done.reached ? 0 : unreached + 1;
    if (unreached >= patienceTicks) return 'instance gone';
    if (done.problem !== problem) await seat.announce({ ...kept, problem: (problem = done.problem) });
  }
  return 'taken down';
}

/** By two clocks, of which the sooner decides: the wall clock goes on while a laptop sleeps, the other cannot be set back. */
function timeLeft({ ttlMs, now }: KeepOrder, { expiresAt }: KeptInstance): () => number {
  const runsOutAt = performance.now() + ttlMs;
  return () => Math.min(runsOutAt - performance.now(), Date.parse(expiresAt) - now().getTime());
}

/** A tick, or less when something is due before it is over. */
function pauseUntil(next: Date | null, now: Date, tickMs: number): number {
  return next ? Math.max(0, Math.min(tickMs, next.getTime() - now.getTime())) : tickMs;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
