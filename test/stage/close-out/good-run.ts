import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrail } from '../../../audit-log/trail/index.ts';
import { Redactor } from '../../../ops/redact.ts';
import { closeOut, type CloseOutPlace } from '../../../stage/close-out/index.ts';
import type { Gate } from '../../../stage/gates.ts';
import { measured, type Measurement } from '../../../stage/measurement.ts';
import type { Report } from '../../../stage/report.ts';
import type { Evidence } from '../../../stage/step.ts';

/** A place for close-outs in a folder that goes away with it. */
export interface TemporaryPlace extends CloseOutPlace, AsyncDisposable {}

export async function temporaryPlace(): Promise<TemporaryPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-close-out-'));
  return {
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    trail: join(folder, 'trail'),
    lockFile: join(folder, 'lock'),
    runs: join(folder, 'runs'),
    heading: 'Automation Close-Out',
  };
}

const measurementIds = [
  'check/rls_by_default',
  'check/audit_coverage',
  'check/connection',
  'check/schemas',
  'check/extensions',
  'check/rls',
  'probe/lease',
  'probe/rights',
  'lease/ended',
  'trail/verified',
];

function good(id: string): Measurement {
  return measured({ id, title: id, examined: 3, violations: 0, findings: [] });
}

export function bad(id: string, detail = 'is wrong', object = 'shop.orders'): Measurement {
  const findings = [{ level: 'error' as const, object, detail, remedy: 'Mend it.' }];
  return measured({ id, title: id, examined: 3, violations: 1, findings });
}

export const gate: Gate = {
  id: 'rls_active',
  title: 'Row-level security active and tested',
  verdict: 'go',
  examined: 3,
  violations: 0,
  evidence: ['check/rls'],
  reasons: [],
  findings: [],
  required: true,
};

/** A run in which everything went well. */
export const report: Report = {
  runId: '20250922T153706Z-1f3a9c2e',
  outcome: 'go',
  project: 'tiny',
  database: 'tiny_stage',
  provider: 'embedded',
  serverVersion: '16.14',
  actor: 'tester',
  commit: 'abc1234',
  inputs: {
    migrations: 'a'.repeat(64),
    contract: 'b'.repeat(64),
    configuration: 'c'.repeat(64),
    scripts: 'd'.repeat(64),
  },
  version: '0.1.0',
  workflow: null,
  startedAt: '2025-09-22T15:37:06.123Z',
  durationMs: 1234,
  steps: [
    {
      name: 'bootstrap',
      title: 'Bootstrap',
      status: 'done',
      durationMs: 5,
      summary: '2 domains',
      rows: null,
      findings: [],
    },
  ],
  gates: [gate],
  measurements: measurementIds.map(good),
  matrix: [{ role: 'agent', schema: 'shop', probes: 4, allowed: ['SELECT'], mismatches: 0 }],
  credentials: [
    {
      role: 'agent_1234',
      profile: 'agent',
      createdAt: '2025-09-22T15:37:07.000Z',
      expiresAt: '2025-09-22T23:37:07.000Z',
      rights: ['SELECT on shop.*'],
      endedAt: '2025-09-22T15:38:00.000Z',
    },
  ],
  answers: [{ title: 'Server', rows: [{ version: '16.14', nothing: null }] }],
  remarks: [],
  evidence: [],
  error: null,
  trail: null,
};

/** Closes a run out. @returns its entry in the trail */
export async function entryOf(
  changes: Partial<Report> = {},
  evidence: Evidence[] = [],
  redactor = new Redactor(),
): Promise<string> {
  await using place = await temporaryPlace();
  await closeOut(place, { ...report, ...changes }, evidence, redactor);
  const [entry] = await readTrail(place.trail);
  return `## ${entry!.heading}\n${entry!.body}`;
}

/** The part of an entry below one heading. */
export function section(entry: string, title: string): string {
  return entry.split(`### ${title}\n`)[1]!.split('\n### ')[0]!.trim();
}

/** The measurements of a good run, with one in place of its namesake. */
export function withMeasurement(measurement: Measurement): Partial<Report> {
  return { measurements: report.measurements.map((known) => (known.id === measurement.id ? measurement : known)) };
}
