import { stripVTControlCharacters } from 'node:util';
import { checklist, fenced, line, table } from '../../ops/markdown.ts';
import { matrixGrid, matrixLegend } from '../../stage/matrix-grid.ts';
import type { Verdict } from '../../stage/measurement.ts';
import type { Report } from '../../stage/report.ts';

/** A remark at a file and line, as GitHub shows it in the changes. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** GitHub shows at most ten of each level for a step; the last one says how many there are. */
const annotationsShown = 10;
/** GitHub drops a summary over 1 MiB whole. */
const summaryBytes = 900_000;
const slowestShown = 3;

/** The error of the run, then every finding, with its place; beyond the limit they are counted. */
export function annotationsOf({ error, measurements }: Report): Annotation[] {
  const failure: Annotation[] = error
    ? [
        {
          level: 'error',
          title: error.code,
          message: error.message,
          file: error.location?.file,
          line: error.location?.line,
        },
      ]
    : [];
  const findings = measurements.flatMap(({ id, findings: found }) =>
    found.map(({ level, object, detail, file, line: at }): Annotation => ({
      level,
      title: id,
      message: `${object}: ${detail}`,
      file,
      line: at,
    })),
  );
  return (['error', 'warning'] as const).flatMap((level) =>
    limited([...failure, ...findings].filter((annotation) => annotation.level === level)),
  );
}

function limited(annotations: Annotation[]): Annotation[] {
  if (annotations.length <= annotationsShown) return annotations;
  const hidden = annotations.length - annotationsShown + 1;
  const { level } = annotations[0]!;
  const rest = { level, title: 'More', message: `${hidden} more are in the job summary and in report.json.` };
  return [...annotations.slice(0, annotationsShown - 1), rest];
}

export function gateCounts({ gates }: Report): Record<Verdict, number> {
  const count = (verdict: Verdict) => gates.filter((gate) => gate.verdict === verdict).length;
  return { go: count('go'), 'no-go': count('no-go'), unproven: count('unproven') };
}

/** The report for people with ten seconds: the verdict first, then what decided it, then everything else. */
export function summaryMarkdown(report: Report): string {
  const text = [
    `# ${report.outcome.toUpperCase()}: ${line(report.project)}`,
    verdictLine(report),
    report.error ? `> **${report.error.code}** ${line(report.error.message)}` : '',
    '## Gates',
    table(['gate', 'verdict', 'examined', 'violations', 'required'], report.gates.map(gateRow)),
    findings(report),
    matrix(report),
    '## Steps',
    table(
      ['step', 'status', 'ms', 'what'],
      report.steps.map((step) => [step.name, step.status, step.durationMs, step.summary]),
    ),
    slowest(report),
    '## Evidence',
    table(
      ['file', 'what', 'bytes', 'sha256'],
      report.evidence.map((item) => [item.name, item.title, item.bytes, item.sha256]),
    ),
    report.trail
      ? `The trail’s head is entry ${report.trail.number}, sha256 \`${report.trail.sha256}\`. Keep it elsewhere to see a cut-off end.`
      : 'A dry run: no entry was added to the trail.',
  ].filter(Boolean);
  return cut(text.join('\n\n'), report);
}

/** What another command than `run` printed, for people with ten seconds. */
export function commandSummary(command: readonly string[], outcome: string, text: string): string {
  const shown = Buffer.from(stripVTControlCharacters(text)).subarray(-summaryBytes).toString();
  return `# ${outcome.toUpperCase()}: drydock ${line(command.join(' '))}\n\n${fenced('', shown.trimEnd())}\n`;
}

function verdictLine({ provider, serverVersion, durationMs, commit, actor, gates }: Report): string {
  const required = gates.filter((gate) => gate.required);
  const go = required.filter(({ verdict }) => verdict === 'go').length;
  const server = serverVersion ? `Postgres ${serverVersion}` : 'no server';
  return line(
    `${go} of ${required.length} required gates are go. ${provider}, ${server}, ${durationMs} ms, by ${actor}, commit ${commit ?? 'unknown'}.`,
  );
}

function gateRow({ title, verdict, examined, violations, required }: Report['gates'][number]) {
  return [title, verdict, examined, violations, required ? 'yes' : 'for promotion'];
}

function findings({ measurements }: Report): string {
  const all = measurements.flatMap(({ id, findings: found }) =>
    found.map(({ level, object, detail }) => ({ done: false, text: `${level}: ${object}: ${detail} (${id})` })),
  );
  return all.length > 0 ? `## Findings\n\n${checklist(all)}` : '';
}

function matrix({ matrix: cells }: Report): string {
  if (cells.length === 0) return '';
  const { headers, rows } = matrixGrid(cells);
  return `## Boundary matrix\n\n${table(headers, rows)}\n\n${line(matrixLegend)}`;
}

function slowest({ steps }: Report): string {
  const slow = [...steps].sort((a, b) => b.durationMs - a.durationMs).slice(0, slowestShown);
  return line(`Slowest: ${slow.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(', ')}.`);
}

/** Too long is cut at a line, with a pointer: a summary over the limit would be dropped whole. */
function cut(text: string, { runId }: Report): string {
  if (Buffer.byteLength(text) <= summaryBytes) return `${text}\n`;
  const kept = Buffer.from(text).subarray(0, summaryBytes).toString();
  return `${kept.slice(0, kept.lastIndexOf('\n'))}\n\nCut here; the whole report is in the artifact of run ${runId}.\n`;
}
