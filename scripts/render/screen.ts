import { styleText } from 'node:util';
import { oneLined, visible } from '../../ops/visible.ts';
import type { Gate } from '../../stage/gates.ts';
import { matrixGrid, matrixLegend } from '../../stage/matrix-grid.ts';
import type { Finding } from '../../stage/measurement.ts';
import type { Report, StepReport } from '../../stage/report.ts';
import type { RunObserver } from '../../stage/run-order.ts';
import type { Io } from '../io.ts';
import { indent } from '../print-error.ts';
import { verdictStyles, type Style } from './styles.ts';

const stepMarks: Record<StepReport['status'], [mark: string, style: Style]> = {
  done: ['✔', 'green'],
  failed: ['✖', 'red'],
  blocked: ['✖', 'red'],
  cancelled: ['■', 'yellow'],
  skipped: ['·', 'dim'],
};

/** A line per step, as it ends. */
export function plainProgress(io: Io): RunObserver {
  return {
    stepStarted() {},
    progress() {},
    stepFinished: (step) => io.err(`${stepLine(step)}\n`),
  };
}

export function stepLine({ name, status, durationMs, summary }: StepReport): string {
  const [mark, style] = stepMarks[status];
  return `${styleText(style, mark)} ${name.padEnd(10)}${`${durationMs} ms`.padStart(8)}  ${visible(summary)}`;
}

/**
 * The report of a run for a person: findings, gates, what was decided, and where it is written.
 * @param folder where the files of the run are, as the reader would type it
 */
export function summaryOf(told: Report, folder: string): string {
  const report = linesOf(told);
  const parts = [
    error(report),
    findings(report, folder),
    matrix(report),
    [gates(report)],
    verdict(report),
    [closeOut(report, folder), page(folder)],
  ];
  return [...parts.flat(), ''].join('\n');
}

/**
 * The report of a single step for a person; what fails is told so that it can be passed on as it is.
 * @param command what was called
 * @param folder where its files are, as the reader would type it
 */
export function summaryOfStep(told: Report, command: string, folder: string): string {
  const report = linesOf(told);
  const parts = [
    failure(report, command),
    findings(report, folder),
    matrix(report),
    unproven(report),
    remarks(report),
    verdict(report),
    ['Gates are decided and the trail is written by "drydock run", not by single steps.', page(folder)],
  ];
  return [...parts.flat(), ''].join('\n');
}

/** Of all texts only an error's are of several lines. */
function linesOf(report: Report): Report {
  return { ...oneLined(report), error: report.error };
}

function error({ error: failed }: Report): string[] {
  if (!failed) return [];
  const hint = failed.hint ? [`  ${failed.hint}`] : [];
  return ['', `${styleText('red', failed.code)}: ${failed.message}`, ...excerptOf(failed), ...hint];
}

function failure({ error: failed, steps }: Report, command: string): string[] {
  if (!failed) return [];
  const step = steps.find(({ status }) => status !== 'done' && status !== 'skipped');
  return [
    '',
    `step     ${step?.name ?? 'none'}`,
    `error    ${styleText('red', failed.code)}: ${failed.message}`,
    ...excerptOf(failed),
    `command  ${command}`,
    `fix      ${failed.hint ?? 'see ops/runbooks/errors.md'}`,
  ];
}

function excerptOf({ excerpt }: NonNullable<Report['error']>): string[] {
  return excerpt ? [indent(excerpt)] : [];
}

function remarks({ remarks: noted }: Report): string[] {
  return noted.length > 0 ? ['', ...noted.map((remark) => `  ${remark}`)] : [];
}

/** More than this, and the first screen no longer shows the verdict. */
const findingsShown = 12;

function findings({ measurements }: Report, folder: string): string[] {
  const all = measurements
    .flatMap(({ id, findings: found }) => found.map((finding) => ({ id, finding })))
    .toSorted((a, b) => weightOf(b.finding) - weightOf(a.finding));
  if (all.length === 0) return [];
  const hidden = all.length - findingsShown;
  const more = hidden > 0 ? [`… and ${hidden} more in ${folder}/report.json`] : [];
  return ['', ...all.slice(0, findingsShown).map(({ id, finding }) => findingText(id, finding)), ...more];
}

/** What stands in the way is not to be hidden behind what does not. */
function weightOf({ level, waived }: Finding): number {
  if (waived) return 0;
  return level === 'error' ? 2 : 1;
}

/** A finding for a person, with what to do about it. */
export function findingText(id: string, { level, object, detail, remedy, waived }: Finding): string {
  if (waived) {
    const by = `waived until ${waived.expires} by ${waived.owner}: ${waived.reason}`;
    return `${styleText('dim', 'waived')} ${object}: ${detail} (${id})\n  ${by}`;
  }
  const style = level === 'error' ? 'red' : 'yellow';
  return `${styleText(style, level)} ${object}: ${detail} (${id})${remedy ? `\n  ${remedy}` : ''}`;
}

function matrix({ matrix: cells }: Report): string[] {
  if (cells.length === 0) return [];
  const { headers, rows } = matrixGrid(cells);
  const widths = headers.map((header, column) => Math.max(header.length, ...rows.map((row) => row[column]!.length)));
  const lineOf = (row: string[]) =>
    `  ${row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}`;
  return ['', styleText('dim', lineOf(headers)), ...rows.map(lineOf), styleText('dim', `  ${matrixLegend}`)];
}

function gates(report: Report): string {
  const width = Math.max(...report.gates.map(({ title }) => title.length));
  return ['', ...report.gates.map((gate) => gateLine(gate, width))].join('\n');
}

/** Without gates, what stands in the way of a `go` is what could not be measured. */
function unproven({ measurements }: Report): string[] {
  const open = measurements.filter((measurement) => measurement.verdict === 'unproven');
  const lines = open.map(
    ({ title, reason }) => `  ${styleText('yellow', 'unproven')}  ${title}: ${reason ?? 'examined nothing'}`,
  );
  return lines.length > 0 ? ['', ...lines] : [];
}

function gateLine({ title, verdict: said, examined, violations, required, reasons }: Gate, width: number): string {
  const numbers = `${examined.toLocaleString('en')} examined, ${violations} violations`;
  const why = said === 'unproven' ? (reasons[0] ?? '') : numbers;
  const scope = required ? '' : ' (needed for promotion only)';
  return `  ${styleText(verdictStyles[said], said.padEnd(8))}  ${title.padEnd(width)}  ${why}${scope}`;
}

function verdict({ outcome, durationMs, provider, serverVersion }: Report): string[] {
  const server = serverVersion ? `${provider}, Postgres ${serverVersion}` : provider;
  const said = styleText(['bold', verdictStyles[outcome]], outcome.toUpperCase());
  return ['', `${said}  in ${durationMs} ms  (${server})`];
}

function closeOut({ trail }: Report, folder: string): string {
  return trail
    ? `Close-out ${trail.number} in ${trail.file}, sha256 ${trail.sha256}`
    : `A dry run: the close-out is ${folder}/close-out.md`;
}

function page(folder: string): string {
  return `The report as a page: ${folder}/report.html`;
}
