import { markup, Markup } from '../markup.ts';
import type { WeeklyReport } from './report.ts';

const [width, height] = [760, 280];
const plot = { left: 64, right: 680, top: 46, bottom: 230 };

/** How long runs took, one dot each, over the time that the objectives are about: round where it is go, square where not. */
export function weeklyChart({ week, window, over, points, objectives }: WeeklyReport): string {
  const x = scale([Date.parse(over.since), Date.parse(over.until)], [plot.left, plot.right]);
  const limits = objectives.filter(({ id }) => id === 'p50' || id === 'p95');
  const decades = decadesAround([...points.map(({ ms }) => ms), ...limits.map(({ target }) => target)]);
  const log = scale([decades[0]!, decades.at(-1)!], [plot.bottom, plot.top]);
  const y = (ms: number) => log(Math.log10(Math.max(ms, 1)));
  const dots = (isGo: boolean) =>
    points
      .filter(({ outcome }) => (outcome === 'go') === isGo)
      .map(({ started, ms }) => `M${x(Date.parse(started)).toFixed(1)} ${y(ms).toFixed(1)}h0`)
      .join('');
  const good = points.filter(({ outcome }) => outcome === 'go').length;
  const weekX = x(Date.parse(window.since));
  const svg = markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Durations of the runs up to ${week}</title>
<desc>${good} runs that are go and ${points.length - good} that are not, against the promised p50 and p95.</desc>
<style>${new Markup(style)}</style>
<rect class="back" width="${width}" height="${height}" rx="6"/>
<rect class="week" x="${weekX.toFixed(1)}" y="${plot.top}" width="${(plot.right - weekX).toFixed(1)}" height="${plot.bottom - plot.top}"/>
<text class="strong" x="${plot.left}" y="26">Duration of runs</text>
<path class="dot go" d="M${plot.right - 190} 22h0"/><text x="${plot.right - 180}" y="26">go (${good})</text>
<path class="dot not" d="M${plot.right - 90} 22h0"/><text x="${plot.right - 80}" y="26">not go (${points.length - good})</text>
${decades.map((power) => gridLine(y(10 ** power), seconds(10 ** power)))}
${limits.map(({ id, target }) => limitLine(y(target), `${id} ${seconds(target)}`))}
${[over.since, window.since].map((moment) => dateMark(x(Date.parse(moment)), moment.slice(0, 10)))}
<text class="soft" x="${((weekX + plot.right) / 2).toFixed(1)}" y="${plot.bottom + 36}" text-anchor="middle">${week}</text>
<path class="dot go" d="${dots(true)}"/>
<path class="dot not" d="${dots(false)}"/>
${points.length === 0 ? [markup`<text class="soft" x="${width / 2}" y="${height / 2}" text-anchor="middle">no data</text>`] : []}
</svg>
`;
  return svg.text;
}

function gridLine(y: number, label: string): Markup {
  return markup`<path class="grid" d="M${plot.left} ${y.toFixed(1)}H${plot.right}"/><text class="soft" x="${plot.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>
`;
}

function limitLine(y: number, label: string): Markup {
  return markup`<path class="limit" d="M${plot.left} ${y.toFixed(1)}H${plot.right}"/><text class="soft" x="${plot.right + 6}" y="${(y + 4).toFixed(1)}">${label}</text>
`;
}

function dateMark(x: number, label: string): Markup {
  return markup`<text class="soft" x="${x.toFixed(1)}" y="${plot.bottom + 18}" text-anchor="middle">${label}</text>
`;
}

/** Whole powers of ten that everything lies between, two at the least. */
function decadesAround(values: readonly number[]): number[] {
  const logs = values.map((value) => Math.log10(Math.max(value, 1)));
  const [least, most] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))];
  return Array.from({ length: Math.max(most - least, 1) + 1 }, (_, index) => least + index);
}

function scale([from, to]: [number, number], [start, end]: [number, number]): (value: number) => number {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

/** Light or dark as the reader has it. */
const style = `
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1c2128 } .soft { fill: #59636e } .strong { font-weight: 600 }
.back { fill: #fff } .week { fill: #f0f3f6 } .grid { stroke: #d8dee4 } .limit { stroke: #9a6700; stroke-dasharray: 5 4 }
.dot { fill: none; stroke-width: 8 } .go { stroke: #1a7f37; stroke-linecap: round } .not { stroke: #cf222e; stroke-linecap: square }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } .back { fill: #0d1117 } .week { fill: #161d27 }
.grid { stroke: #3d444d } .limit { stroke: #d29922 } .go { stroke: #3fb950 } .not { stroke: #f85149 } }
`;
