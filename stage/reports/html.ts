import type { Gate } from '../gates.ts';
import { matrixGrid, matrixLegend } from '../matrix-grid.ts';
import type { Finding, Measurement } from '../measurement.ts';
import type { MatrixRow, Report, StepReport } from '../report.ts';
import { style } from './html-style.ts';
import { Markup, markup } from '../markup.ts';

/** The report as one page that needs no network: the verdict first, then why, then what it rests on. */
export function htmlOf(report: Report, contract: Markup): string {
  const page = markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.outcome}: ${report.project}, ${report.runId}</title><style>${new Markup(style)}</style></head>
<body>
<header><h1>${report.project}</h1><p class="verdict ${report.outcome}">${report.outcome.toUpperCase()}</p>${facts(report)}</header>
<main>
${failure(report)}
${section('Gates', gates(report.gates))}
${section('Findings', findings(report.measurements))}
${section('Boundary, as observed', heatMap(report.matrix))}
${section('Contract', contract)}
${section('Steps', waterfall(report.steps))}
${section('Measurements', measurements(report.measurements))}
${section('Remarks', remarks(report.remarks))}
${section('Evidence', evidence(report))}
</main>
</body>
</html>
`;
  return page.text;
}

function section(title: string, content: Markup | null): Markup {
  return content ? markup`<section><h2>${title}</h2>${content}</section>` : markup``;
}

function facts(report: Report): Markup {
  const { trail } = report;
  const rows: [string, string][] = [
    ['run', report.runId],
    ['database', report.database],
    [
      'server',
      report.serverVersion
        ? `${report.provider}, Postgres ${report.serverVersion}`
        : `${report.provider}, did not come up`,
    ],
    ['commit', report.commit ?? 'not in a git checkout'],
    ['actor', report.actor],
    ['started', report.startedAt],
    ['took', `${report.durationMs} ms`],
    ...(trail
      ? [['close-out', `entry ${trail.number} in ${trail.file}, sha256 ${trail.sha256}`] as [string, string]]
      : []),
  ];
  return markup`<dl>${rows.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function failure({ error }: Report): Markup | null {
  if (!error) return null;
  const excerpt = error.excerpt ? markup`<pre>${error.excerpt}</pre>` : null;
  const content = markup`<p><strong class="error">${error.code}</strong> ${error.message}</p>${excerpt}<p>${error.hint}</p>`;
  return section('What stopped it', content);
}

function gates(all: readonly Gate[]): Markup | null {
  if (all.length === 0) return null;
  const rows = all.map(
    ({
      title,
      verdict,
      examined,
      violations,
      required,
      reasons,
    }) => markup`<tr><td class="${verdict}"><strong>${verdict}</strong></td>
<td>${title}${required ? null : markup` <span class="soft">(for promotion)</span>`}<div class="soft">${reasons.join('; ')}</div></td>
<td class="number">${examined.toLocaleString('en')}</td><td class="number">${violations.toLocaleString('en')}</td></tr>\n`,
  );
  return markup`<table><thead><tr><th>verdict</th><th>gate</th><th class="number">examined</th><th class="number">violations</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function findings(all: readonly Measurement[]): Markup {
  const found = all.flatMap(({ id, findings: of }) => of.map((finding) => findingMarkup(id, finding)));
  return found.length === 0 ? markup`<p class="soft">None.</p>` : markup`${found}`;
}

function findingMarkup(id: string, { level, object, detail, remedy, file, line, waived }: Finding): Markup {
  const where = file ? markup` <code>${file}${line ? `:${line}` : ''}</code>` : null;
  return markup`<div class="finding ${level}"><strong class="${level}">${level}</strong> <code>${object}</code> ${detail}
<div class="soft">${id}${where}</div>${remedy ? markup`<div>${remedy}</div>` : null}${waived ? markup`<div><strong>waived</strong> until ${waived.expires} by ${waived.owner}: ${waived.reason}</div>` : null}</div>\n`;
}

/** Colours say what kind of right it is: none, reading, writing, or ruling over the schema. */
function heatMap(matrix: readonly MatrixRow[]): Markup | null {
  if (matrix.length === 0) return null;
  const { headers, rows } = matrixGrid(matrix);
  const cell = (text: string) => markup`<td class="${heatOf(text)}">${text}</td>`;
  const lines = rows.map(([role = '', ...cells]) => markup`<tr><th>${role}</th>${cells.map(cell)}</tr>\n`);
  return markup`<div class="wide"><table class="heat"><thead><tr>${headers.map((name) => markup`<th>${name}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div><p class="soft">${matrixLegend}</p>`;
}

function heatOf(letters: string): string {
  const heat = /[CTG]/.test(letters) ? 'rule' : /[IUDX]/.test(letters) ? 'write' : /S/.test(letters) ? 'read' : '';
  return letters.includes('!') ? `${heat} wrong` : heat;
}

/** Steps follow each other, so where one begins is the sum of those before. */
function waterfall(steps: readonly StepReport[]): Markup {
  const total = Math.max(
    1,
    steps.reduce((sum, { durationMs }) => sum + durationMs, 0),
  );
  let before = 0;
  const rows = steps.map(({ name, status, durationMs, summary }) => {
    const left = (before / total) * 100;
    before += durationMs;
    const bar = markup`<i class="${status}" style="left:${left.toFixed(2)}%;width:${((durationMs / total) * 100).toFixed(2)}%"></i>`;
    return markup`<tr><td>${name}</td><td>${status}</td><td class="number">${durationMs} ms</td><td><div class="bar">${durationMs > 0 ? bar : null}</div></td><td>${summary}</td></tr>\n`;
  });
  return markup`<div class="wide"><table><thead><tr><th>step</th><th>status</th><th class="number">time</th><th></th><th>what</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function measurements(all: readonly Measurement[]): Markup {
  const rows = all.map(
    ({
      id,
      title,
      verdict,
      examined,
      violations,
      threshold,
      reason,
    }) => markup`<tr><td class="${verdict}">${verdict}</td>
<td>${title}<div class="soft">${id}${reason ? `: ${reason}` : ''}</div></td>
<td class="number">${examined.toLocaleString('en')}</td><td class="number">${violations.toLocaleString('en')}${threshold > 0 ? ` of ${threshold}` : ''}</td></tr>\n`,
  );
  return markup`<table><thead><tr><th>verdict</th><th>measurement</th><th class="number">examined</th><th class="number">violations</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function remarks(all: readonly string[]): Markup | null {
  return all.length > 0 ? markup`<ul>${all.map((text) => markup`<li>${text}</li>`)}</ul>` : null;
}

function evidence({ evidence: files }: Report): Markup | null {
  if (files.length === 0) return null;
  const rows = files.map(
    ({ name, title, bytes, sha256 }) =>
      markup`<tr><td><code>${name}</code></td><td>${title}<div class="hash"><code>${sha256}</code></div></td><td class="number">${bytes.toLocaleString('en')}</td></tr>\n`,
  );
  return markup`<table><thead><tr><th>file</th><th>what, sha256</th><th class="number">bytes</th></tr></thead><tbody>${rows}</tbody></table>`;
}
