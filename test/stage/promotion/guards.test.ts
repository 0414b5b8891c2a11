import { describe, expect, test } from 'vitest';
import { measureGuards } from '../../../stage/promotion/guards.ts';
import { orderOf } from './order.ts';

function refusedAt(time: string, window: { from: string; until: string }, isDryRun = false): boolean {
  const order = orderOf({ promotion: { window }, isDryRun, now: () => new Date(`2025-09-22T${time}:00Z`) });
  return measureGuards(order).findings.some(({ object }) => object === 'window');
}

describe('before a promotion opens a connection', () => {
  test('its window is open from its first minute until before its last', () => {
    const day = { from: '09:00', until: '17:00' };
    expect(['08:59', '09:00', '16:59', '17:00'].map((time) => refusedAt(time, day))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('a window may pass midnight', () => {
    const night = { from: '22:00', until: '04:00' };
    const times = ['21:59', '22:00', '00:00', '03:59', '04:00', '12:00'];
    expect(times.map((time) => refusedAt(time, night))).toEqual([true, false, false, false, true, true]);
  });

  test('a dry run needs neither the word nor the hour, and the kill switch stops it too', () => {
    expect(refusedAt('12:00', { from: '22:00', until: '04:00' }, true)).toBe(false);
    expect(measureGuards(orderOf({ isDryRun: true, confirm: undefined })).verdict).toBe('go');
    expect(measureGuards(orderOf({ confirm: 'promote' })).findings.map(({ object }) => object)).toEqual([
      'confirmation',
    ]);
    const stopped = measureGuards(orderOf({ isDryRun: true, killSwitch: 'on' }));
    expect([stopped.verdict, stopped.findings.map(({ object }) => object)]).toEqual(['no-go', ['kill switch']]);
  });
});
