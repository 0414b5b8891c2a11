import { describe, expect, test } from 'vitest';
import { dayWindow, weekOf, weekWindow } from '../../../audit-log/digests/index.ts';

describe('weeks', () => {
  test.each([
    ['2024-12-30', '2025-W01'],
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2025-09-22', '2025-W39'],
  ])('%s is in %s', (day, week) => {
    expect(weekOf(new Date(`${day}T12:00:00Z`))).toBe(week);
    const { since, until } = weekWindow(week);
    expect(since.getUTCDay()).toBe(1);
    expect(Date.parse(day)).toBeGreaterThanOrEqual(since.getTime());
    expect(Date.parse(day)).toBeLessThan(until.getTime());
  });

  test('that do not exist are refused', () => {
    for (const week of ['2025-W53', '2025-W00', '2025-39', 'x'])
      expect(() => weekWindow(week)).toThrow('is not a week');
    expect(() => dayWindow('2025-02-30')).toThrow('is not a day');
  });
});
