import { DrydockError } from '../errors.ts';

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `500ms`, `30s`, `10m`, `8h`, `7d`. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new DrydockError('USAGE_DURATION', `"${text}" is not a duration.`, {
      hint: 'Write a number and a unit: 500ms, 30s, 10m, 8h, 7d.',
    });
  }
  return Number(amount) * units[unit]!;
}
