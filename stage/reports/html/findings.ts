import { markup, type Markup } from '../../markup.ts';
import type { Finding, Measurement } from '../../measurement.ts';

/** Every finding with its remedy; what is waived comes last, and says so. */
export function findings(all: readonly Measurement[]): Markup {
  const found = all.flatMap(({ id, findings: of }) => of.map((finding) => ({ id, finding })));
  if (found.length === 0) return markup`<p class="soft">None.</p>`;
  const rank = ({ finding: { waived, level } }: (typeof found)[number]) => (waived ? 2 : level === 'error' ? 0 : 1);
  return markup`${found.toSorted((a, b) => rank(a) - rank(b)).map(({ id, finding }) => card(id, finding))}`;
}

function card(id: string, { level, object, detail, remedy, file, line, waived }: Finding): Markup {
  const state = waived ? 'waived' : level;
  const where = file ? markup` · <code>${file}${line ? `:${line}` : ''}</code>` : null;
  const advice = remedy ? markup`<p class="remedy">${remedy}</p>` : null;
  const waiver = waived
    ? markup`<p class="soft">Waived until ${waived.expires} by ${waived.owner}: ${waived.reason}</p>`
    : null;
  return markup`<div class="finding ${state}"><p><span class="chip ${state}">${state}</span> <code class="object">${object}</code> ${detail}</p>
${advice}${waiver}<p class="soft small">${id}${where}</p></div>\n`;
}
