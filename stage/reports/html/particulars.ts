import { markup, type Markup } from '../../markup.ts';
import type { Measurement, Verdict } from '../../measurement.ts';
import type { EvidenceFile } from '../../report.ts';

const order: Record<Verdict, number> = { 'no-go': 0, unproven: 1, go: 2 };

/** Everything that was measured, what is not `go` first. */
export function measurements(all: readonly Measurement[]): Markup {
  const sorted = all.toSorted((a, b) => order[a.verdict] - order[b.verdict]);
  return markup`<table class="dense"><thead><tr><th>verdict</th><th>measurement</th><th class="number">examined</th><th class="number">violations</th></tr></thead>
<tbody>${sorted.map(measurementRow)}</tbody></table>`;
}

function measurementRow({ id, title, verdict, examined, violations, threshold, reason }: Measurement): Markup {
  const allowed = threshold > 0 ? markup` <span class="soft">of ${threshold} allowed</span>` : null;
  return markup`<tr><td><span class="chip ${verdict}">${verdict}</span></td>
<td>${title} <span class="soft small">${id}${reason ? `: ${reason}` : ''}</span></td>
<td class="number">${examined.toLocaleString('en')}</td><td class="number">${violations.toLocaleString('en')}${allowed}</td></tr>\n`;
}

/** What the steps had to say beside their measurements. */
export function remarks(all: readonly string[]): Markup | null {
  return all.length > 0 ? markup`<ul>${all.map((text) => markup`<li>${text}</li>`)}</ul>` : null;
}

/** The files of the run, by which hash they can be known again. */
export function evidence(files: readonly EvidenceFile[]): Markup | null {
  if (files.length === 0) return null;
  const rows = files.map(
    ({ name, title, bytes, sha256 }) =>
      markup`<tr><td><code>${name}</code></td><td>${title}<div class="soft small"><code>${sha256}</code></div></td><td class="number">${bytes.toLocaleString('en')}</td></tr>\n`,
  );
  return markup`<table class="dense"><thead><tr><th>file</th><th>what, sha256</th><th class="number">bytes</th></tr></thead><tbody>${rows}</tbody></table>`;
}
