import { describe, expect, test } from 'vitest';
import { RateLimit } from '../../../stage/console/rate.ts';

const start = Date.parse('2025-09-22T15:37:06.000Z');
const after = (seconds: number) => new Date(start + seconds * 1_000);
const limit = () => new RateLimit({ perSecond: 2, burst: 4 });

/** The answers to so many requests at one moment. */
function takes(rate: RateLimit, key: string, count: number, at: Date): number[] {
  return Array.from({ length: count }, () => rate.take(key, at));
}

describe('a limit of requests', () => {
  test('lets a burst pass, and then says how many seconds to wait', () => {
    expect(takes(limit(), 'ada', 6, after(0))).toEqual([0, 0, 0, 0, 1, 1]);
    expect(new RateLimit({ perSecond: 0.1, burst: 1 }).take('ada', after(0))).toBe(0);
    expect(takes(new RateLimit({ perSecond: 0.1, burst: 1 }), 'ada', 2, after(0))).toEqual([0, 10]);
  });

  test('fills at its rate, and never over its burst', () => {
    const rate = limit();
    takes(rate, 'ada', 4, after(0));
    expect(takes(rate, 'ada', 3, after(1))).toEqual([0, 0, 1]);
    expect(takes(rate, 'ada', 5, after(3_600))).toEqual([0, 0, 0, 0, 1]);
  });

  test('keeps callers apart', () => {
    const rate = limit();
    takes(rate, 'ada', 5, after(0));
    expect(rate.take('bob', after(0))).toBe(0);
    expect(rate.take('ada', after(0))).toBe(1);
  });

  test('forgets no one who is asking, however many strangers come', () => {
    const rate = limit();
    takes(rate, 'ada', 5, after(0));
    for (let n = 0; n < 9_999; n += 1) rate.take(`stranger-${n}`, after(0));
    expect(rate.take('ada', after(0))).toBe(1);
    for (let n = 0; n < 10_000; n += 1) rate.take(`other-${n}`, after(0));
    expect(rate.take('ada', after(0))).toBe(0); // ten thousand came since: it is a stranger again
  });

  test('makes nobody wait for a clock that was set back', () => {
    const rate = limit();
    takes(rate, 'ada', 3, after(0));
    expect(rate.take('ada', after(-3_600))).toBe(0);
    expect(rate.take('ada', after(-3_600))).toBe(1);
  });
});
