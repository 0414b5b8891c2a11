import { z } from 'zod';
import type { Finding, Measurement } from '../../measurement.ts';
import type { Report } from '../../report.ts';
import { tool, type ToolContext } from '../tool.ts';

const findingsShown = 50;

/** Every check, as the lease. */
export const check = tool({
  name: 'check',
  title: 'Run every check',
  description:
    'Runs the checks of the project on the staging, read-only, and returns the verdict of each (go, no-go, or unproven ' +
    'when it examined nothing), those that are not go with findings and remedies. Unproven is not a pass.',
  input: z.strictObject({}),
  readsOnly: true,
  run: (_input, context) => stepAsDocument('check', context),
});

/** The other steps of the pipeline that a lease may do. */
export const runStep = tool({
  name: 'run_step',
  title: 'Do a step of the rehearsal',
  description:
    'Does one step on the staging as your lease: backfill (the data files your profile may run), hydrate (fill the ' +
    'links between domains), ingest (a dry run: everything is taken back) or isolate (probe your own boundary). ' +
    'Returns what it did, what it measured, and what is left to the operator. Migrations are the operator’s.',
  input: z.strictObject({ step: z.enum(['backfill', 'hydrate', 'ingest', 'isolate']) }),
  readsOnly: false,
  run: ({ step }, context) => stepAsDocument(step, context),
});

async function stepAsDocument(name: string, { parts, loan, signal }: ToolContext): Promise<object> {
  return documentOf(await loan.step(() => parts.doStep(name, signal)), name);
}

function documentOf({ outcome, steps, measurements, remarks, error, runId }: Report, name: string): object {
  const step = steps.find((one) => one.name === name);
  return {
    outcome,
    summary: step?.summary ?? null,
    error: error && { code: error.code, message: error.message, hint: error.hint, where: error.location },
    go: measurements.filter(isGo).map(({ id, examined }) => `${id}: ${examined} examined`),
    other: measurements.filter((one) => !isGo(one)).map(measurementInShort),
    remarks,
    runId,
  };
}

const isGo = ({ verdict }: Measurement) => verdict === 'go';

/** A check can find a row for every row of a table. */
function measurementInShort({ id, title, verdict, examined, violations, findings, reason }: Measurement): object {
  const shown = findings.slice(0, findingsShown).map(findingInShort);
  const more = findings.length - shown.length;
  return {
    id,
    title,
    verdict,
    examined,
    violations,
    findings: shown,
    ...(more > 0 && { more }),
    ...(reason && { reason }),
  };
}

function findingInShort({ level, object, detail, remedy, waived }: Finding): object {
  return { level, object, detail, ...(remedy && { remedy }), ...(waived && { waived }) };
}
