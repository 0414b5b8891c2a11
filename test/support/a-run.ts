import type { Outcome, Report } from '../../stage/report.ts';

const finding = {
  level: 'error',
  object: 'eng.backlog_items',
  detail: 'has no policy for its owner, so its rows are seen by nobody.',
  remedy: 'Add a policy to its migration.',
} as const;

/** The report of a run that got through all its steps, as far as the console shows it. */
export function aRun(runId: string, outcome: Outcome = 'go', startedAt = '2025-09-22T15:37:06.000Z'): Report {
  const isGo = outcome === 'go';
  const gate = (id: 'rls_active' | 'views_compile' | 'zero_errors', title: string, verdict: 'go' | 'no-go') => ({
    ...{ id, title, verdict, examined: 42, violations: verdict === 'go' ? 0 : 1, evidence: [], required: true },
    reasons: verdict === 'go' ? [] : ['1 table without a policy'],
    findings: verdict === 'go' ? [] : [finding],
  });
  const step = (name: string, durationMs: number) => {
    return {
      name,
      title: `Step ${name}`,
      status: 'done',
      durationMs,
      summary: 'as planned',
      rows: 12,
      findings: [],
    } as const;
  };
  const cell = (role: string, schema: string, allowed: string[], mismatches = 0) => {
    return { role, schema, probes: 24, allowed, mismatches };
  };
  return {
    ...{ runId, outcome, project: 'EHG', database: 'ehg_staging', provider: 'embedded', serverVersion: '16.14' },
    ...{
      actor: 'ada',
      workflow: null,
      commit: '8c1d0f5e2b7a4c3d9e8f7a6b5c4d3e2f1a0b9c8d',
      inputs: null,
      version: '0.1.0',
      startedAt,
    },
    durationMs: 1_840 + runId.length * 37,
    steps: [
      step('bootstrap', 420),
      step('apply', 310),
      step('backfill', 260),
      step('check', 540),
      step('isolate', 310),
    ],
    gates: [
      gate('zero_errors', 'Zero errors in staging', 'go'),
      gate('views_compile', 'Views compile and return', 'go'),
      gate('rls_active', 'Row-level security active and tested', isGo ? 'go' : 'no-go'),
    ],
    matrix: [
      cell('agent', 'eng', ['USAGE', 'SELECT', 'INSERT', 'UPDATE']),
      cell('agent', 'vh', ['USAGE', 'SELECT']),
      cell('service', 'eng', [], isGo ? 0 : 2),
      cell('service', 'vh', ['USAGE', 'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']),
    ],
    evidence: [{ name: 'matrix.json', title: 'The boundary matrix', sha256: 'ab'.repeat(32), bytes: 18_220 }],
    ...{ measurements: [], credentials: [], answers: [], remarks: ['The server keeps no statement log.'] },
    ...{ error: null, trail: null },
  };
}
