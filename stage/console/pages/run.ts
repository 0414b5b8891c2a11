import { factList, markup, section, type Markup } from '../../../ops/page/index.ts';
import type { Gate } from '../../gates.ts';
import type { Finding } from '../../measurement.ts';
import type { EvidenceFile, Report } from '../../report.ts';
import { heatMap } from '../../reports/html/boundary.ts';
import { waterfall } from './charts.ts';
import { chip, numberHead, table, toneOf } from './frame.ts';
import { bytes, count, duration } from './words.ts';

/** One run: the verdict first, then why, then what it rests on. */
export function runContent(report: Report): Markup {
  const { outcome, runId, gates, matrix, steps, evidence, remarks, error } = report;
  const timed = steps.map(({ title, summary, ...step }) => ({ ...step, title: `${title}: ${summary}` }));
  return markup`<header class="${toneOf(outcome)}"><p class="project">Run ${runId}</p><h1>${outcome}</h1>${facts(report)}</header>
${section('What stopped it', error && markup`<p class="note no-go"><b>${error.code}</b> ${error.message}</p>${error.excerpt ? markup`<pre>${error.excerpt}</pre>` : null}<p>${error.hint}</p>`)}
${section('Gates', gates.length > 0 ? gateTable(gates) : null)}
${section('Findings', findings(gates))}
${section('Boundary, as observed', heatMap(matrix))}
${section('Steps', waterfall(timed))}
${section('Remarks', remarks.length > 0 ? markup`<ul>${remarks.map((text) => markup`<li>${text}</li>`)}</ul>` : null)}
${section('Evidence', evidence.length > 0 ? evidenceTable(evidence) : null)}
<p class="soft small">The whole report as JSON: <a href="/api/runs/${encodeURIComponent(runId)}">/api/runs/${runId}</a></p>`;
}

function facts({ startedAt, durationMs, provider, serverVersion, actor, commit, database }: Report): Markup {
  const server = serverVersion === null ? `${provider}, did not come up` : `${provider}, Postgres ${serverVersion}`;
  return factList([
    ['started (UTC)', startedAt.slice(0, 19).replace('T', ' ')],
    ['took', duration(durationMs)],
    ['server', server],
    ['database', database],
    ['actor', actor],
    ['commit', commit ?? 'not in a git checkout'],
  ]);
}

function gateTable(gates: readonly Gate[]): Markup {
  const rows = gates.map(
    ({ title, verdict, examined, violations, required, reasons }) => markup`<tr><td>${chip(verdict, verdict)}</td>
<td class="long">${title}${required ? null : markup` <span class="soft">(for promotion)</span>`}${reasons.length > 0 ? markup`<div class="soft small">${reasons.join('; ')}</div>` : null}</td>
<td data-label="examined" class="number">${count(examined)}</td><td data-label="violations" class="number">${count(violations)}</td></tr>\n`,
  );
  return table('Gates', ['verdict', 'gate', numberHead('examined'), numberHead('violations')], rows, 'stack');
}

function findings(gates: readonly Gate[]): Markup | null {
  const all = gates.flatMap(({ title, findings: found }) => found.map((finding) => one(title, finding)));
  return all.length > 0 ? markup`${all}` : null;
}

function one(gate: string, { level, object, detail, remedy, waived }: Finding): Markup {
  const waiver =
    waived && markup`<div><b>waived</b> until ${waived.expires} by ${waived.owner}: ${waived.reason}</div>`;
  return markup`<div class="note ${toneOf(level)}"><code>${object}</code> ${detail}<div class="soft small">${gate}</div>${remedy ? markup`<div>${remedy}</div>` : null}${waiver ?? null}</div>\n`;
}

function evidenceTable(files: readonly EvidenceFile[]): Markup {
  const rows = files.map(
    ({ name, title, bytes: size, sha256 }) =>
      markup`<tr><td><code>${name}</code></td><td class="long">${title}<div class="soft small"><code>${sha256}</code></div></td><td data-label="size" class="number">${bytes(size)}</td></tr>\n`,
  );
  return table('Evidence', ['file', 'what, and its sha256', numberHead('size')], rows, 'stack');
}
