/** One execution on either side, as close together as can be, in milliseconds. */
export interface Pair {
  readonly baseline: number;
  readonly candidate: number;
}

/** An estimate with the bounds that hold it with the stated confidence. */
export interface Interval {
  readonly low: number;
  readonly estimate: number;
  readonly high: number;
}

const resamples = 1000;
const confidence = 0.99;

/** The value that a share `q` of a sorted list does not exceed, between neighbours where it falls between them. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}

export function p95(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.95);
}

/**
 * The ratio of two p95s, candidate to baseline, with a bootstrap interval: pairs are drawn again and again with
 * replacement, so that what disturbed both sides of a pair stays together. The draws are the same each time.
 */
export function ratioOfP95(pairs: readonly Pair[]): Interval {
  const random = randomNumbers(pairs.length);
  const baseline = new Float64Array(pairs.length);
  const candidate = new Float64Array(pairs.length);
  const ratios = Float64Array.from({ length: resamples }, () => {
    for (let place = 0; place < pairs.length; place += 1) {
      const drawn = pairs[Math.floor(random() * pairs.length)]!;
      baseline[place] = drawn.baseline;
      candidate[place] = drawn.candidate;
    }
    return quantile(candidate.sort(), 0.95) / quantile(baseline.sort(), 0.95);
  }).sort();
  return {
    low: quantile(ratios, (1 - confidence) / 2),
    estimate: p95(pairs.map((pair) => pair.candidate)) / p95(pairs.map((pair) => pair.baseline)),
    high: quantile(ratios, (1 + confidence) / 2),
  };
}

/** Mulberry32: small, and the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
