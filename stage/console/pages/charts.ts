import { markup, type Markup } from '../../../ops/page/index.ts';
import { count } from './words.ts';

/** A column of a chart, in parts from the bottom up. */
export interface Column {
  readonly label: string;
  readonly parts: readonly { readonly kind: string; readonly value: number }[];
  /** Said to who hovers. */
  readonly title: string;
  readonly href?: string;
}

const [width, height, left, bottom, top] = [720, 190, 46, 22, 10];
const mostLabels = 8;

/** Columns over time. Everything in it is said in the table or the titles too. */
export function columnChart(
  label: string,
  columns: readonly Column[],
  unit: (value: number) => string = count,
): Markup {
  const most = Math.max(1, ...columns.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const ceiling = niceCeiling(most);
  const room = { x: (width - left) / Math.max(columns.length, 8), y: (height - bottom - top) / ceiling };
  const lines = [0, ceiling / 2, ceiling].map((value) => {
    const y = (height - bottom - value * room.y).toFixed(1);
    return markup`<line class="grid" x1="${left}" x2="${width}" y1="${y}" y2="${y}"/><text x="${left - 6}" y="${Number(y) + 4}" text-anchor="end">${unit(value)}</text>`;
  });
  const starts = columns.flatMap(({ label: name }, index) => (name === columns[index - 1]?.label ? [] : [index]));
  const every = Math.max(1, Math.ceil(starts.length / mostLabels));
  const thinned = starts.filter((_, place) => place % every === 0);
  const labels = thinned
    .filter((at, place) => place > 0 || (thinned[1] ?? Infinity) - at >= columns.length / (2 * mostLabels)) // two would touch
    .map(
      (index) =>
        markup`<text x="${(left + index * room.x).toFixed(1)}" y="${height - 6}">${columns[index]!.label}</text>`,
    );
  // a picture has nothing in it that one can follow
  const role = columns.some(({ href }) => href !== undefined) ? 'group' : 'img';
  const drawn = columns.map((column, index) => columnAt(column, left + index * room.x, room));
  return markup`<div class="wide newest" tabindex="0" role="region" aria-label="${label}"><svg class="chart" viewBox="0 0 ${width} ${height}" role="${role}" aria-label="${label}">${lines}${labels}${drawn}</svg></div>`;
}

function columnAt({ parts, title, href }: Column, x: number, room: { x: number; y: number }): Markup {
  let above = height - bottom;
  const rects = parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => {
      const tall = Math.max(1.5, value * room.y);
      above -= tall;
      return markup`<rect class="${kind}" x="${x.toFixed(2)}" y="${above.toFixed(2)}" width="${Math.max(1, room.x * 0.82).toFixed(2)}" height="${tall.toFixed(2)}" rx="1.5"/>`;
    });
  const group = markup`<g><title>${title}</title>${rects}</g>`;
  return href ? markup`<a href="${href}" aria-label="${title}">${group}</a>` : group;
}

/** The next round number. */
function niceCeiling(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * ([1, 1.5, 2, 3, 4, 6, 8, 10].find((step) => step * power >= most) ?? 10);
}

export function legend(names: readonly (readonly [kind: string, name: string])[]): Markup {
  return markup`<ul class="legend">${names.map(([kind, name]) => markup`<li class="${kind}"><i></i>${name}</li>`)}</ul>`;
}

/** A share of the largest, as a bar in a table. */
export function meter(value: number, most: number): Markup {
  const share = most > 0 ? (100 * value) / most : 0;
  return markup`<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8" rx="2"/><rect class="value" width="${share.toFixed(1)}" height="8" rx="2"/></svg>`;
}

/** Steps follow each other, so where one begins is the sum of those before. */
export function waterfall(
  steps: readonly { name: string; status: string; durationMs: number; title: string }[],
): Markup {
  const total = Math.max(
    1,
    steps.reduce((sum, { durationMs }) => sum + durationMs, 0),
  );
  const [names, line] = [110, 24];
  const perMs = (width - names - 90) / total;
  let before = 0;
  const rows = steps.map(({ name, status, durationMs, title }, index) => {
    const [x, y] = [names + before * perMs, index * line + 5];
    before += durationMs;
    const wide = Math.max(2, durationMs * perMs);
    return markup`<g><title>${title}</title><text x="0" y="${y + 12}">${name}</text><rect class="${status}" x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="15" rx="3"/><text x="${(x + wide + 6).toFixed(1)}" y="${y + 12}">${durationMs > 0 ? `${count(durationMs)} ms` : status}</text></g>`;
  });
  return markup`<div class="wide" tabindex="0" role="region" aria-label="Steps over time"><svg class="chart" viewBox="0 0 ${width} ${steps.length * line + 6}" role="img" aria-label="Steps over time">${rows}</svg></div>`;
}
