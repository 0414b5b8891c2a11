import type { Gate } from '../gates.ts';
import type { Finding, Measurement } from '../measurement.ts';
import type { Report, StepReport } from '../report.ts';
import { Markup, markup } from '../markup.ts';

interface Case {
  readonly name: string;
  readonly group: string;
  readonly seconds: number;
  readonly problem: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly message: string;
    readonly text: string;
  } | null;
}

/** Steps, gates and measurements as JUnit test cases: `no-go` is a failure, `unproven` an error, and neither a pass. */
export function junitOf(report: Report): string {
  const suites: [string, Case[]][] = [
    ['steps', report.steps.map(stepCase)],
    ['gates', report.gates.map(gateCase)],
    ['measurements', report.measurements.map(measurementCase)],
  ];
  const all = suites.flatMap(([, cases]) => cases);
  const document = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="drydock ${report.project}" ${counts(all)} time="${report.durationMs / 1000}" timestamp="${report.startedAt}">
${suites.map(([name, cases]) => suite(name, cases))}</testsuites>
`;
  return document.text;
}

function suite(name: string, cases: readonly Case[]): Markup {
  return markup`  <testsuite name="${name}" ${counts(cases)}>
${cases.map(caseMarkup)}  </testsuite>
`;
}

function counts(cases: readonly Case[]): Markup {
  const count = (kind: string) => cases.filter(({ problem }) => problem?.kind === kind).length;
  return markup`tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function caseMarkup({ name, group, seconds, problem }: Case): Markup {
  const head = markup`    <testcase name="${name}" classname="drydock.${group}" time="${seconds}"`;
  if (!problem) return markup`${head}/>\n`;
  const { kind, message, text } = problem;
  return markup`${head}><${kind} message="${message}">${text}</${kind}></testcase>\n`;
}

function stepCase({ name, title, status, durationMs, summary }: StepReport): Case {
  const kind = status === 'skipped' ? 'skipped' : 'failure';
  const problem = status === 'done' ? null : ({ kind, message: `${status}: ${summary}`, text: '' } as const);
  return { name: `${name}: ${title}`, group: 'steps', seconds: durationMs / 1000, problem };
}

function gateCase({ id, title, verdict, violations, reasons, findings, required }: Gate): Case {
  const problem =
    verdict === 'no-go'
      ? ({ kind: 'failure', message: `${violations} violations`, text: inLines(findings) } as const)
      : verdict === 'unproven'
        ? ({
            kind: required ? 'error' : 'skipped',
            message: `unproven: ${reasons[0] ?? ''}`,
            text: reasons.join('\n'),
          } as const)
        : null;
  return { name: title, group: `gates.${id}`, seconds: 0, problem };
}

function measurementCase({ id, title, verdict, violations, findings, reason }: Measurement): Case {
  const problem =
    verdict === 'no-go'
      ? ({ kind: 'failure', message: `${violations} violations`, text: inLines(findings) } as const)
      : verdict === 'unproven'
        ? ({ kind: 'error', message: `unproven: ${reason ?? 'examined nothing'}`, text: '' } as const)
        : null;
  return { name: title, group: id.replaceAll('/', '.'), seconds: 0, problem };
}

function inLines(findings: readonly Finding[]): string {
  return findings.map(({ level, object, detail }) => `${level} ${object}: ${detail}`).join('\n');
}
