import { line, table } from '../../ops/markdown.ts';
import type { Objective, Value } from './objectives.ts';
import type { WeeklyReport } from './report.ts';

/** The report for a person. @param chart the file of the chart, as seen from the report's */
export function weeklyMarkdown(report: WeeklyReport, version: number, chart: string): string {
  const sections = [
    head(report, version),
    alerts(report),
    `## Objectives\n\n${objectives(report)}`,
    `![Durations of the runs](${chart})`,
    `## Runs\n\n${runs(report)}`,
    `## Gates that blocked\n\n${gates(report)}`,
    `## Promotions\n\n${promotions(report)}`,
    `## Drift\n\n${drift(report)}`,
    `## Leases\n\n${leases(report)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function head({ project, week, window, made_at, color }: WeeklyReport, version: number): string {
  const restated = version > 1 ? `, version ${version}: it replaces version ${version - 1}` : '';
  const ahead = made_at < window.until ? ' The week is not over.' : '';
  return `# ${line(`Housekeeping of ${project}, ${week}`)}: ${color}

From ${window.since} until before ${window.until}, made at ${made_at}${restated}.${ahead}`;
}

function alerts(report: WeeklyReport): string {
  const problems = report.problems.map((problem) => `The trail is not whole: ${problem}.`);
  const items = [...problems, ...report.alerts];
  return items.length > 0 ? items.map((item) => `- ${line(item)}`).join('\n') : 'No alerts.';
}

function objectives({ objectives, over }: WeeklyReport): string {
  return tableOf(
    ['objective', 'promised', `last ${over.setting}`, 'this week', 'state'],
    objectives.map((one) => [
      one.title,
      `${one.bound} ${inUnit(one, one.target)}`,
      valueOf(one, one.over, nouns[one.id]!),
      valueOf(one, one.week, nouns[one.id]!),
      one.color,
    ]),
  );
}

function runs({ runs: { total, by_outcome, left_out } }: WeeklyReport): string {
  const counted = total === 0 ? 'No data: no whole run in the week.' : `${total}: ${countsInWords(by_outcome)}.`;
  return left_out > 0 ? `${counted} Left out: ${left_out} that were cancelled or of some steps only.` : counted;
}

function gates({ gates, runs }: WeeklyReport): string {
  return tableOf(
    ['gate', 'runs blocked', 'no-go', 'unproven', 'of runs'],
    gates.map(({ title, no_go, unproven, runs: of }) => [title, no_go + unproven, no_go, unproven, of]),
    runs.total === 0 ? 'No data.' : 'None.',
  );
}

function promotions({ promotions }: WeeklyReport): string {
  return tableOf(
    ['promotion', 'outcome', 'the target is'],
    promotions.map(({ promotion, outcome, state }) => [promotion, outcome, state]),
  );
}

function drift({ drift }: WeeklyReport): string {
  if (drift === null) return 'No data: there is no drift digest.';
  const { window, made_at, findings, usage, open } = drift;
  const since = open ? `Drift since ${open.since}.` : 'No drift is open.';
  return line(
    `The newest digest is of the week from ${window.since.slice(0, 10)}, made at ${made_at}: ${findings} findings, usage ${usage}. ${since}`,
  );
}

function leases({ leases: { issued, ended_late, no_end } }: WeeklyReport): string {
  const counted = `${issued} credentials issued, ${ended_late.length} ended late, ${no_end.length} without an end in the trail.`;
  const rows = [
    ...ended_late.map(({ role, run, expires, ended, late_ms }) => [role, run, expires, ended, time(late_ms)]),
    ...no_end.map(({ role, run, expires }) => [role, run, expires, 'not written down', '']),
  ];
  return [
    issued === 0 ? 'No data: no run of the week issued a credential.' : counted,
    ...(rows.length > 0 ? [table(['lease', 'run', 'expired', 'ended', 'late by'], rows)] : []),
  ].join('\n\n');
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

function tableOf(headers: readonly string[], rows: readonly (readonly (string | number)[])[], none = 'None.'): string {
  return rows.length > 0 ? table(headers, rows) : none;
}
