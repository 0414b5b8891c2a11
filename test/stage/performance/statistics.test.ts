import fc from 'fast-check';
import { expect, test } from 'vitest';
import { p95, quantile, ratioOfP95, type Pair } from '../../../stage/performance/statistics.ts';

/** Pairs whose times wander, the candidate's by a factor. */
function pairsOf(count: number, factor: number): Pair[] {
  return Array.from({ length: count }, (_none, index) => {
    const baseline = 1 + ((index * 37) % 100) / 500;
    const candidate = (1 + ((index * 61) % 100) / 500) * factor;
    return { baseline, candidate };
  });
}

test('p95 lies between its neighbours, and of one value is that value', () => {
  expect(p95([5])).toBe(5);
  expect(p95(Array.from({ length: 101 }, (_none, index) => 100 - index))).toBe(95);
  expect(quantile([1, 2], 0.5)).toBe(1.5);
});

test.each([
  [1, 0.9, 1.1],
  [1.3, 1.1, 1.5],
  [0.5, 0.4, 0.6],
])('the interval of a factor of %s holds it, and is the same each time', (factor, least, most) => {
  const interval = ratioOfP95(pairsOf(200, factor));
  expect(interval.low).toBeLessThanOrEqual(factor);
  expect(interval.high).toBeGreaterThanOrEqual(factor * 0.999);
  expect(interval.low).toBeGreaterThan(least);
  expect(interval.high).toBeLessThan(most);
  expect(ratioOfP95(pairsOf(200, factor))).toEqual(interval);
});

test('few wild pairs leave the interval wide, many calm ones make it narrow', () => {
  const wild = pairsOf(20, 1).map((pair, index) => (index % 7 === 0 ? { ...pair, candidate: 9 } : pair));
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  expect(width(ratioOfP95(wild))).toBeGreaterThan(1);
  expect(width(ratioOfP95(pairsOf(400, 1)))).toBeLessThan(0.1);
});

test('the estimate lies within its interval, whatever the times', () => {
  const time = fc.double({ min: 0.01, max: 1000, noNaN: true });
  const pairs = fc.array(fc.record({ baseline: time, candidate: time }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pairs, (some) => {
      const { low, high } = ratioOfP95(some);
      expect(low).toBeGreaterThan(0);
      expect(high).toBeGreaterThanOrEqual(low);
    }),
    { numRuns: 20 },
  );
});
