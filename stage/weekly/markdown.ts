import { line, table } from '../../ops/markdown.ts';
import type { Objective, Value } from './objectives.ts';
import type { WeeklyReport } from './report.ts';

type Rows = readonly (readonly (string | number)[])[];

/** The report for a person. @param chart the file of the chart, as seen from the report's */
export function weeklyMarkdown(report: WeeklyReport, version: number, chart: string): string {
  const { project, week, window, made_at, color, over, runs, drift, leases } = report;
  const restated = version > 1 ? `, version ${version}: it replaces version ${version - 1}` : '';
  const ahead = made_at < window.until ? ' The week is not over.' : '';
  return `# ${line(`Housekeeping of ${project}, ${week}`)}: ${color}

From ${window.since} until before ${window.until}, made at ${made_at}${restated}.${ahead}

${listOf([...report.problems.map((problem) => `The trail is not whole: ${problem}.`), ...report.alerts], 'No alerts.')}

## Objectives

${tableOf(
  ['objective', 'promised', `last ${over.setting}`, 'this week', 'state'],
  report.objectives.map((one) => [
    one.title,
    `${one.bound} ${inUnit(one, one.target)}`,
    valueOf(one, one.over, nouns[one.id]!),
    valueOf(one, one.week, nouns[one.id]!),
    one.color,
  ]),
)}

![Durations of the runs](${chart})

## Runs

${runs.total === 0 ? 'No data: no whole run in the week.' : `${runs.total}: ${countsInWords(runs.by_outcome)}.`}${runs.left_out > 0 ? ` Left out: ${runs.left_out} that were cancelled or of some steps only.` : ''}

## Gates that blocked

${tableOf(
  ['gate', 'runs blocked', 'no-go', 'unproven', 'of runs'],
  report.gates.map(({ title, no_go, unproven, runs: of }) => [title, no_go + unproven, no_go, unproven, of]),
  runs.total === 0 ? 'No data.' : 'None.',
)}

## Promotions

${tableOf(
  ['promotion', 'outcome', 'the target is'],
  report.promotions.map(({ promotion, outcome, state }) => [promotion, outcome, state]),
)}

## Drift

${
  drift === null
    ? 'No data: there is no drift digest.'
    : line(
        `The newest digest is of the week from ${drift.window.since.slice(0, 10)}, made at ${drift.made_at}: ${drift.findings} findings, usage ${drift.usage}. ${drift.open ? `Drift since ${drift.open.since}.` : 'No drift is open.'}`,
      )
}

## Leases

${leases.issued === 0 ? 'No data: no run of the week issued a credential.' : `${leases.issued} credentials issued, ${leases.ended_late.length} ended late, ${leases.no_end.length} without an end in the trail.`}

${tableOf(
  ['lease', 'run', 'expired', 'ended', 'late by'],
  [
    ...leases.ended_late.map(({ role, run, expires, ended, late_ms }) => [role, run, expires, ended, time(late_ms)]),
    ...leases.no_end.map(({ role, run, expires }) => [role, run, expires, 'not written down', '']),
  ],
  '',
)}
`
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '\n');
}

/** What an objective was measured on. */
const nouns: Readonly<Record<string, string>> = {
  success: 'runs',
  p50: 'runs',
  p95: 'runs',
  change_failure: 'changes',
  rollback: 'changes',
  drift: 'digests',
};

function valueOf(objective: Objective, measured: Value | null, noun: string): string {
  return measured === null ? 'no data' : `${inUnit(objective, measured.value)} (${measured.of} ${noun})`;
}

function inUnit({ unit, bound }: Objective, value: number): string {
  if (unit === 'ms') return time(value);
  // rounded to the worse side, so that no share looks like a promise that it breaks
  const tenths = bound === 'at least' ? Math.floor(value * 1000) : Math.ceil(value * 1000);
  return `${tenths / 10} %`;
}

/** In the unit that people would say. */
export function time(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([, one]) => ms >= 2 * one) ?? ['ms', 1];
  return `${Math.round((ms / size) * 10) / 10} ${unit}`;
}

function countsInWords(counts: WeeklyReport['runs']['by_outcome']): string {
  return Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

function listOf(items: readonly string[], none: string): string {
  return items.length > 0 ? items.map((item) => `- ${line(item)}`).join('\n') : none;
}

function tableOf(headers: readonly string[], rows: Rows, none = 'None.'): string {
  return rows.length > 0 ? table(headers, rows) : none;
}
