import { DrydockError } from '../../ops/errors.ts';
import type { Window } from '../events/index.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A UTC day. @param day `YYYY-MM-DD` */
export function dayWindow(day: string): Window {
  const since = new Date(`${day}T00:00:00.000Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(since.getTime()) || since.toISOString().slice(0, 10) !== day) {
    throw new DrydockError('USAGE_DAY', `"${day}" is not a day.`, { hint: 'Write it as YYYY-MM-DD; days are UTC.' });
  }
  return { since, until: new Date(since.getTime() + dayMs) };
}

/** The last so many hours, the one under way included: roll-ups know whole hours only. */
export function hoursWindow(hours: number, now: Date): Window {
  const until = new Date(Math.ceil((now.getTime() + 1) / hourMs) * hourMs);
  return { since: new Date(until.getTime() - hours * hourMs), until };
}

/** An ISO week, Monday to Monday. @param week `2025-W39` */
export function weekWindow(week: string): Window {
  const [, year, number] = /^(\d{4})-W(\d\d)$/.exec(week) ?? [];
  const fourth = new Date(`${year ?? 'x'}-01-04T00:00:00.000Z`); // 4 January is in week 1
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * dayMs + (Number(number) - 1) * 7 * dayMs;
  const window = { since: new Date(monday), until: new Date(monday + 7 * dayMs) };
  if (Number.isNaN(monday) || weekOf(window.since) !== week) {
    throw new DrydockError('USAGE_WEEK', `"${week}" is not a week.`, {
      hint: 'Write it as 2025-W39; weeks are ISO 8601, UTC.',
    });
  }
  return window;
}

/** `2025-W39`. The year is the week's own, which differs from the calendar's around New Year. */
export function weekOf(time: Date): string {
  const thursday = new Date(time.getTime() + (3 - ((time.getUTCDay() + 6) % 7)) * dayMs);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / dayMs / 7) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

export function shifted({ since, until }: Window, ms: number): Window {
  return { since: new Date(since.getTime() + ms), until: new Date(until.getTime() + ms) };
}
