import type { Outage } from './event-outage.ts';

/** How probable each fault is: per write, per sync, per look at the clock. */
export interface Faults {
  readonly fullDisk: number;
  readonly failedSync: number;
  readonly clockJump: number;
}

/** Begins a line with which a writer names a fault that struck; the others name an event that it accepted. */
export const struck = 'struck by ';

export const stormHost = 'faults';

/** What a seed stands for. Every seed kills; the other faults come alone and together. */
export interface Storm {
  readonly seed: number;
  readonly writers: number;
  readonly rounds: number;
  /** What befalls Postgres in each round, one after the other. */
  readonly outages: readonly Outage[];
  readonly tearsLines: boolean;
  readonly faults: Faults;
}

export function stormOf(seed: number): Storm {
  const bit = (n: number) => ((seed >> n) & 1) === 1;
  return {
    seed,
    writers: bit(0) ? 2 : 1,
    rounds: 2,
    outages: [...(bit(1) ? (['crash'] as const) : []), ...(bit(6) ? (['immediate stop'] as const) : [])],
    tearsLines: bit(2),
    faults: {
      fullDisk: bit(3) ? 0.01 : 0,
      failedSync: bit(4) ? 0.2 : 0,
      clockJump: bit(5) ? 0.02 : 0,
    },
  };
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
