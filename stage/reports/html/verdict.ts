import { counted } from '../../../ops/counted.ts';
import type { Gate } from '../../gates.ts';
import { markup, type Markup } from '../../markup.ts';
import type { Report } from '../../report.ts';

/** The head of the page: what was decided, of what, and what of it is written down where. */
export function verdict(report: Report): Markup {
  const { outcome, project } = report;
  return markup`<header class="${outcome}"><p class="project">${project}</p><h1>${outcome.toUpperCase()}</h1>
<p class="why">${inOneSentence(report)}</p>${facts(report)}</header>`;
}

function inOneSentence({ gates: all, measurements }: Report): string {
  if (all.length === 0) return 'Single steps decide no gate.';
  const required = all.filter((gate) => gate.required);
  const open = required.filter((gate) => gate.verdict !== 'go');
  const found = measurements.flatMap(({ findings }) => findings);
  const waived = found.filter((finding) => finding.waived).length;
  const decided = `${required.length - open.length} of ${counted(required.length, 'gate')} for staging are go`;
  return `${decided}; ${counted(found.length, 'finding')}${waived > 0 ? `, ${waived} of them waived` : ''}.`;
}

function facts(report: Report): Markup {
  const { trail, serverVersion, provider } = report;
  const rows: [string, string][] = [
    ['run', report.runId],
    ['database', report.database],
    ['server', serverVersion ? `${provider}, Postgres ${serverVersion}` : `${provider}, did not come up`],
    ['commit', report.commit ?? 'not in a git checkout'],
    ['actor', report.actor],
    ['started', report.startedAt],
    ['took', `${report.durationMs.toLocaleString('en')} ms`],
  ];
  if (trail) rows.push(['close-out', `entry ${trail.number} in ${trail.file}, sha256 ${trail.sha256}`]);
  return markup`<dl>${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What ended the run before its time, with the line of SQL where there is one. */
export function failure({ error }: Report): Markup | null {
  if (!error) return null;
  const excerpt = error.excerpt ? markup`<pre>${error.excerpt}</pre>` : null;
  const hint = error.hint ? markup`<p class="remedy">${error.hint}</p>` : null;
  return markup`<div class="finding error"><p><span class="chip error">${error.code}</span> ${error.message}</p>${excerpt}${hint}</div>`;
}

/** A line for each gate: its verdict, and the numbers it rests on. */
export function gates(all: readonly Gate[]): Markup | null {
  if (all.length === 0) return null;
  return markup`<table><thead><tr><th>verdict</th><th>gate</th><th class="number">examined</th><th class="number">violations</th></tr></thead>
<tbody>${all.map(gateRow)}</tbody></table>`;
}

function gateRow({ title, verdict: said, examined, violations, required, reasons }: Gate): Markup {
  const scope = required ? null : markup` <span class="soft">for promotion only</span>`;
  const why = reasons.length > 0 ? markup`<div class="soft">${reasons.join('; ')}</div>` : null;
  return markup`<tr><td><span class="chip ${said}">${said}</span></td><td>${title}${scope}${why}</td>
<td class="number">${examined.toLocaleString('en')}</td><td class="number ${violations > 0 ? said : ''}">${violations.toLocaleString('en')}</td></tr>\n`;
}
