import { describe, expect, test } from 'vitest';
import { findAnomalies } from '../../../audit-log/digests/anomalies.ts';
import type { Tally } from '../../../audit-log/digests/tally.ts';
import { dayWindow } from '../../../audit-log/digests/index.ts';

const window = dayWindow('2025-09-22');

/** Calls of one tool in one hour, by hours from the window's begin. */
function hour(offset: number, calls: number, status: Tally['status'] = 'pass'): Tally {
  const at = new Date(window.since.getTime() + offset * 3_600_000).toISOString();
  const sizes = { duration_ms: 0, in_size: 0, out_size: 0, largest_out: 0 };
  return { hour: at, dimension: 'tool', key: 'search', tool: 'search', status, calls, ...sizes };
}

const tenAnHour = Array.from({ length: 24 }, (_, n) => hour(n - 24, 10));
const found = (tallies: Tally[]) =>
  findAnomalies(tallies, window, ({ calls }) => calls).map(({ kind, hour: at, ratio }) => [
    kind,
    at.slice(11, 13),
    ratio,
  ]);

describe('an hour of a tool', () => {
  test('is unlike the others at three times what they cost, and not below', () => {
    expect(found([...tenAnHour, hour(0, 30)])).toEqual([['cost', '00', 3]]);
    expect(found([...tenAnHour, hour(0, 29)])).toEqual([]);
  });

  test('is like nothing before it where a tool is new: no alarm', () => {
    expect(found([hour(5, 500)])).toEqual([]);
    expect(found([hour(-1, 9), hour(0, 500)])).toEqual([]);
  });

  test('fails by its failed calls, and by none that the policy denied', () => {
    const among = (status: Tally['status']) => found([...tenAnHour, hour(0, 5), hour(0, 5, status)]);
    expect(among('failed').map(([kind]) => kind)).toEqual(['errors']);
    expect(among('denied')).toEqual([]);
    expect(among('timeout')).toEqual([]);
  });
});
