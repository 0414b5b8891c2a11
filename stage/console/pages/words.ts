import { markup, type Markup } from '../../../ops/page/index.ts';

export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}

/** @param one of them, whose plural has an s */
export function many(value: number, one: string): string {
  return `${count(value)} ${one}${value === 1 ? '' : 's'}`;
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toLocaleString('en', { maximumFractionDigits: 1 })} ${units[power]}`;
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A moment to the minute; the whole of it for who hovers. @param iso UTC, ISO 8601, or as Postgres writes it */
export function moment(iso: string): Markup {
  return markup`<time datetime="${iso}" title="${iso}" class="nowrap">${iso.slice(0, 16).replace('T', ' ')}</time>`;
}

/** How long it still is; the script counts on from there. */
export function countdown(until: Date, now: Date): Markup {
  const minutes = Math.max(0, Math.floor((until.getTime() - now.getTime()) / 60_000));
  const text =
    minutes === 0
      ? 'less than a minute'
      : minutes < 60
        ? `${minutes} min`
        : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return markup`<time datetime="${until.toISOString()}" data-until="${until.toISOString()}" class="nowrap">${text}</time>`;
}
