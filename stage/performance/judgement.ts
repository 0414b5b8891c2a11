import { measured, notMeasured, type Finding, type Measurement } from '../measurement.ts';
import { limit, type Comparison } from './compare.ts';
import type { FilledTable } from './fill.ts';

/** What the gate asks for. */
const performanceId = 'performance/p95';
const title = 'No query of the workload is by 10 % or more slower than before';

/** That nothing was compared, and why. */
export function notCompared(reason: string): Measurement {
  return notMeasured(performanceId, title, reason);
}

/**
 * Judges a comparison: a slower or broken query is a violation; one that stayed open, or looked at tables that could not
 * be filled, leaves the whole unproven. New queries have nothing to be compared with, and are not counted.
 */
export function judgementOf(comparisons: readonly Comparison[], filled: readonly FilledTable[]): Measurement {
  const findings = comparisons.flatMap(findingOf);
  const examined = comparisons.filter(({ outcome }) => ['holds', 'slower', 'broken'].includes(outcome)).length;
  const reasons = [
    ...filled.flatMap(({ table, problem }) => (problem === null ? [] : [`${table} could not be filled: ${problem}`])),
    ...comparisons.flatMap(reasonOf),
    ...(examined === 0 ? ['no query could be compared'] : []),
  ];
  if (findings.length === 0 && reasons.length > 0) return notCompared(reasons.join('; '));
  return measured({ id: performanceId, title, examined, violations: findings.length, findings });
}

function reasonOf(comparison: Comparison): string[] {
  const { path } = comparison.query.file;
  if (comparison.outcome === 'no parameters') return [`${path} found no parameters`];
  if (comparison.outcome !== 'open') return [];
  return [`${path} is still open after ${comparison.pairs} pairs: ${inWords(comparison)}`];
}

function findingOf(comparison: Comparison): Finding[] {
  const { path } = comparison.query.file;
  if (comparison.outcome === 'broken') {
    const detail = `no longer runs as ${comparison.query.as}: ${comparison.message}`;
    return [
      {
        level: 'error',
        object: path,
        detail,
        remedy: 'Keep what the query needs, or change the query first.',
        file: path,
      },
    ];
  }
  if (comparison.outcome !== 'slower') return [];
  const changes = planChanges(comparison.plans.baseline, comparison.plans.candidate);
  return [
    {
      level: 'error',
      object: path,
      detail: [inWords(comparison), ...changes].join('; '),
      remedy: 'Compare the plans in performance.json: look for an index that went, or a function called per row.',
      file: path,
    },
  ];
}

/** `p95 1.20 ms, was 0.60 ms: 2.00 times (1.91 to 2.12)` */
export function inWords(comparison: Comparison): string {
  if (!('ratio' in comparison)) return comparison.outcome;
  const { ratio, baseline, candidate } = comparison;
  if (!ratio) return `too few pairs for a ratio below or above ${limit}`;
  const [low, high] = [ratio.low.toFixed(2), ratio.high.toFixed(2)];
  return `p95 ${candidate!.toFixed(2)} ms, was ${baseline!.toFixed(2)} ms: ${ratio.estimate.toFixed(2)} times (${low} to ${high})`;
}

/** What stands in one plan and not in the other. */
function planChanges(before: readonly string[], after: readonly string[]): string[] {
  const lines = (plan: readonly string[]) => plan.map((line) => line.replace(/^[\s>-]*/, ''));
  const gone = lines(before).filter((line) => !lines(after).includes(line));
  const come = lines(after).filter((line) => !lines(before).includes(line));
  return gone.length + come.length === 0
    ? ['same plan']
    : [`plan had: ${gone.join(', ') || 'nothing else'}`, `has: ${come.join(', ') || 'nothing else'}`];
}
