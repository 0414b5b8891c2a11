import { canonicalJson } from '../../../ops/evidence.ts';

/** Whether two values of a column are the same, differ by what is tolerated, or differ. A null is equal to a null. */
export type Equality = 'same' | 'tolerated' | 'different';

/** @param tolerance a number, or seconds where the type is a time */
export function compareValues(
  type: string,
  before: string | null,
  after: string | null,
  tolerance: number | undefined,
): Equality {
  if (before === after) return 'same';
  if (before === null || after === null) return 'different';
  if (/^jsonb?$/.test(type) && sameMeaning(before, after)) return 'same';
  if (tolerance === undefined) return 'different';
  const distance = Math.abs(amount(type, after) - amount(type, before));
  return distance <= tolerance ? 'tolerated' : 'different';
}

/** Not a number where a type has no distance, and that is never within a tolerance. */
function amount(type: string, value: string): number {
  if (/^(date|timestamp)/.test(type)) return Date.parse(asIso(value)) / 1000;
  return Number(value);
}

/** `2026-11-21 07:46:14.123+00`, as Postgres writes it, in the form that JavaScript promises to read. */
function asIso(value: string): string {
  return value.replace(' ', 'T').replace(/\+00$/, 'Z');
}

function sameMeaning(before: string, after: string): boolean {
  try {
    return canonicalJson(JSON.parse(before, exactly)) === canonicalJson(JSON.parse(after, exactly));
  } catch {
    return false; // longer than JavaScript can nest: then the texts decide, and they differ
  }
}

/** The digits of a number that JavaScript would round; any other number as itself, so that 1.0 is 1. */
function exactly(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const digits = context?.source?.replace(/[eE].*$|\D/g, '').replace(/^0+/, '').length ?? 0;
  return typeof value === 'number' && digits > 15 ? { digits: context!.source } : value;
}
