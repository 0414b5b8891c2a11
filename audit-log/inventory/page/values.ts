import { markup, type Markup } from '../../../ops/page/index.ts';

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in the largest unit that leaves a number of at least one, as Postgres counts them: 1 kB is 1024. */
export function bytes(value: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(value, 1)) / 10));
  const scaled = value / 1024 ** power;
  return `${scaled >= 100 || power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power]}`;
}

/** A bar that shows a part of a whole. */
export function meter(part: number, whole: number): Markup {
  const share = whole > 0 ? (part / whole) * 100 : 0;
  return markup`<span class="meter"><i style="width:${share.toFixed(1)}%"></i></span>`;
}
