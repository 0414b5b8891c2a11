import { contractLegend } from '../../contract-picture/index.ts';
import type { Report } from '../../report.ts';
import { Markup, markup } from '../../markup.ts';
import { heatMap } from './boundary.ts';
import { findings } from './findings.ts';
import { evidence, measurements, remarks } from './particulars.ts';
import { style } from './style.ts';
import { failure, gates, verdict } from './verdict.ts';
import { waterfall } from './waterfall.ts';

/** The report as one page that needs no network: the verdict first, then why, then what it rests on. */
export function htmlOf(report: Report, contract: Markup): string {
  const page = markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${report.outcome}: ${report.project}, ${report.runId}</title><style>${new Markup(style)}</style></head>
<body>
${verdict(report)}
<main>
${section('What stopped it', failure(report))}
${section('Gates', gates(report.gates))}
${section('Findings', findings(report.measurements))}
${section('Boundary, as observed', heatMap(report.matrix))}
${section('Boundary, as the contract says', markup`<div class="wide">${contract}</div><p class="soft small">${contractLegend}</p>`)}
${section('Steps', waterfall(report.steps))}
${section('Measurements', measurements(report.measurements))}
${section('Remarks', remarks(report.remarks))}
${section('Evidence', evidence(report.evidence))}
</main>
</body>
</html>
`;
  return page.text;
}

function section(title: string, content: Markup | null): Markup | null {
  return content && markup`<section><h2>${title}</h2>${content}</section>\n`;
}
