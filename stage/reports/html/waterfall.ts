import { markup, type Markup } from '../../markup.ts';
import type { StepReport } from '../../report.ts';

/** The steps over time. They follow each other, so where one begins is the sum of those before. */
export function waterfall(steps: readonly StepReport[]): Markup {
  const total = steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const beginnings = steps.map((_step, index) =>
    steps.slice(0, index).reduce((sum, { durationMs }) => sum + durationMs, 0),
  );
  const rows = steps.map((step, index) => stepRow(step, beginnings[index]!, Math.max(1, total)));
  return markup`<ol class="steps">${rows}</ol>
<p class="axis soft small"><span>0</span><span>${total.toLocaleString('en')} ms</span></p>`;
}

function stepRow({ name, title, status, durationMs, summary }: StepReport, beganMs: number, totalMs: number): Markup {
  const percent = (ms: number) => ((ms / totalMs) * 100).toFixed(2);
  const bar = markup`<i style="left:${percent(beganMs)}%;width:${percent(durationMs)}%"></i>`;
  const mark = status === 'done' ? null : markup` <span class="chip ${status}">${status}</span>`;
  return markup`<li class="${status}"><b title="${title}">${name}</b><span class="number">${durationMs.toLocaleString('en')} ms</span><span class="bar">${durationMs > 0 ? bar : null}</span><span class="what">${summary}${mark}</span></li>\n`;
}
