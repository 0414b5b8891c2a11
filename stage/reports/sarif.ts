import { posix } from 'node:path';
import type { Log, Result, Run } from 'sarif';
import type { Finding, Measurement } from '../measurement.ts';
import type { Report } from '../report.ts';

/** Where a file is, as a URI relative to the repository; the project file without one. */
type UriOf = (file?: string) => string;

/**
 * The findings as SARIF 2.1.0, for code scanning.
 * @param projectFile stands for findings that no file of their own shows: what they break is its contract
 * @param folder the project's, as seen from the repository
 */
export function sarifOf(report: Report, projectFile: string, folder = '.'): string {
  const { measurements } = report;
  const uriOf = (file = projectFile) => posix.join(folder, file).split('/').map(encodeURIComponent).join('/');
  const run: Run = {
    tool: {
      driver: {
        name: 'Drydock',
        semanticVersion: report.version,
        rules: measurements.map(({ id, title, severity }) => ({
          id,
          shortDescription: { text: title },
          defaultConfiguration: { level: severity },
        })),
      },
    },
    automationDetails: { id: `drydock/${report.project}/${report.runId}` },
    invocations: [invocationOf(report)],
    columnKind: 'utf16CodeUnits',
    results: measurements.flatMap((measurement) => resultsOf(measurement, uriOf)),
  };
  const log: Log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function invocationOf({ startedAt, durationMs, outcome, error }: Report): NonNullable<Run['invocations']>[number] {
  return {
    executionSuccessful: outcome !== 'failed' && outcome !== 'cancelled',
    startTimeUtc: startedAt,
    endTimeUtc: new Date(Date.parse(startedAt) + durationMs).toISOString(),
    ...(error
      ? {
          toolExecutionNotifications: [
            {
              level: 'error',
              descriptor: { id: error.code },
              message: { text: [error.message, error.hint].filter(Boolean).join(' ') },
            },
          ],
        }
      : {}),
  };
}

/** A result for each finding; what could not be decided is an open one, which is not a pass. */
function resultsOf(measurement: Measurement, uriOf: UriOf): Result[] {
  const { id, title, verdict, findings, reason } = measurement;
  const open: Result[] =
    verdict === 'unproven'
      ? [
          {
            ruleId: id,
            kind: 'open',
            level: 'none',
            message: { text: `${title}: unproven, ${reason ?? 'examined nothing'}` },
            locations: [locationOf({ object: id }, uriOf)],
          },
        ]
      : [];
  return [...open, ...findings.map((finding) => resultOf(id, finding, uriOf))];
}

function resultOf(ruleId: string, finding: Finding, uriOf: UriOf): Result {
  const { level, object, detail, remedy, waived } = finding;
  return {
    ruleId,
    level,
    message: { text: `${object}: ${detail}${remedy ? ` ${remedy}` : ''}` },
    locations: [locationOf(finding, uriOf)],
    ...(waived
      ? {
          suppressions: [
            { kind: 'external', justification: `${waived.reason} (${waived.owner}, until ${waived.expires})` },
          ],
        }
      : {}),
    partialFingerprints: { 'drydock/v1': `${ruleId}:${object}` },
  };
}

function locationOf(
  { object, file, line }: Pick<Finding, 'object' | 'file' | 'line'>,
  uriOf: UriOf,
): NonNullable<Result['locations']>[number] {
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line ?? 1 } },
    logicalLocations: [{ fullyQualifiedName: object }],
  };
}
