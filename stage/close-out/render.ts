import { checklist, code, line, table } from '../../ops/markdown.ts';
import { matrixGrid, matrixLegend } from '../matrix-grid.ts';
import type { EvidenceFile, Report } from '../report.ts';
import {
  complianceNotes,
  nextSteps,
  preStagingChecks,
  productionRisk,
  stagingRisk,
  stagingValidation,
} from './judgements.ts';

/** The Markdown of a close-out. Every line of it is written from a value of the report. */
export function renderCloseOut(report: Report, own: EvidenceFile): string {
  return [
    facts(report),
    section('Steps', table(['step', 'status', 'ms', 'rows', 'what'], report.steps.map(stepRow))),
    section('Gates', table(['gate', 'verdict', 'examined', 'violations', 'required', 'evidence'], gateRows(report))),
    section('Pre-Staging Checks', checklist(preStagingChecks(report))),
    section('Staging Validation', checklist(stagingValidation(report))),
    section('Boundary matrix', matrix(report)),
    section('Credentials issued', credentials(report)),
    section('Evidence queries', report.answers.map(answer).join('\n')),
    section('Issues encountered', issues(report)),
    section('Remediations', remediations(report)),
    section('Go/No-Go', goNoGo(report)),
    section('Sign-offs', 'None recorded: sign-offs are added by name, role and key, and bind this entry’s evidence.'),
    section('Risk', [stagingRisk(report), productionRisk(report)].map((text) => `- ${line(text)}`).join('\n')),
    section(
      'Compliance notes',
      complianceNotes(report)
        .map((text, index) => `${index + 1}. ${line(text)}`)
        .join('\n'),
    ),
    section(
      'Next steps',
      nextSteps(report)
        .map((text) => `- ${line(text)}`)
        .join('\n'),
    ),
    section('Evidence', table(['file', 'what', 'bytes', 'sha256'], [...report.evidence, own].map(evidenceRow))),
  ].join('\n\n');
}

function section(title: string, content: string): string {
  return `### ${title}\n\n${content === '' ? 'None.' : content}`;
}

function facts(report: Report): string {
  const rows: [string, string][] = [
    ['outcome', report.outcome],
    ['run', report.runId],
    ['project', `${report.project}, database ${report.database}`],
    ['actor', report.actor],
    ['commit', report.commit ?? 'not in a git checkout'],
    ...workflowFacts(report),
    ['provider', report.provider],
    ['server', report.serverVersion === null ? 'did not come up' : `Postgres ${report.serverVersion}`],
    ['Drydock', report.version],
    ['started', report.startedAt],
    ['took', `${report.durationMs} ms`],
  ];
  return table(['fact', 'value'], rows);
}

function workflowFacts({ workflow }: Report): [string, string][] {
  if (!workflow) return [];
  const { url, ref, sha } = workflow;
  return [
    ['workflow run', url],
    ['ref', ref],
    ['SHA', sha],
  ];
}

function stepRow({ name, status, durationMs, rows, summary }: Report['steps'][number]) {
  return [name, status, durationMs, rows ?? '', summary];
}

function gateRows({ gates }: Report) {
  return gates.map(({ title, verdict, examined, violations, required, evidence }) => [
    title,
    verdict,
    examined,
    violations,
    required ? 'yes' : 'for promotion',
    evidence.join(', '),
  ]);
}

function matrix(report: Report): string {
  if (report.matrix.length === 0) return '';
  const { headers, rows } = matrixGrid(report.matrix);
  return `${table(headers, rows)}\n\n${line(matrixLegend)}`;
}

function credentials(report: Report): string {
  return report.credentials
    .map(({ role, profile, createdAt, expiresAt, endedAt, rights }) =>
      [
        `- ${code(role)}, member of ${code(profile)}: created ${createdAt}, expires ${expiresAt}, ${endedAt ? `ended ${endedAt}` : 'not ended'}`,
        `  - rights: ${line(rights.join('; '))}`,
      ].join('\n'),
    )
    .join('\n');
}

function answer({ title, rows }: Report['answers'][number]): string {
  const [first] = rows;
  if (!first) return `#### ${line(title)}\n\nNo rows.\n`;
  const columns = Object.keys(first);
  return `#### ${line(title)}\n\n${table(
    columns,
    rows.map((row) => columns.map((column) => String(row[column] ?? ''))),
  )}\n`;
}

function issues({ error, gates, remarks, measurements }: Report): string {
  const findings = measurements.flatMap((measurement) =>
    measurement.findings.map(
      ({ level, object, detail, waived }) =>
        `${waived ? `waived until ${waived.expires} by ${waived.owner} (${waived.reason})` : level}: ${object}: ${detail} (${measurement.id})`,
    ),
  );
  const reasons = gates.flatMap(({ title, reasons: why }) => why.map((reason) => `unproven: ${title}: ${reason}`));
  const all = [...(error ? [`${error.code}: ${error.message}`] : []), ...findings, ...reasons, ...remarks];
  return all.map((text) => `- ${line(text)}`).join('\n');
}

function remediations({ error, measurements }: Report): string {
  const remedies = measurements.flatMap(({ findings }) => findings.flatMap(({ remedy }) => remedy ?? []));
  const hints = error?.hint ? [error.hint] : [];
  return [...new Set([...hints, ...remedies])].map((text) => `- not applied; suggested: ${line(text)}`).join('\n');
}

function goNoGo({ outcome, gates }: Report): string {
  const required = gates.filter((gate) => gate.required);
  const go = required.filter(({ verdict }) => verdict === 'go').length;
  return `**${outcome}**: ${go} of ${required.length} required gates are go.`;
}

function evidenceRow({ name, title, bytes, sha256 }: EvidenceFile) {
  return [name, title, bytes, sha256];
}
