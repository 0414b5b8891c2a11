import type { GateId, Project } from '../ops/config/index.ts';
import type { Check } from './checks.ts';
import { seedsLoaded } from './seeds.ts';
import { waiversInForce } from './waivers.ts';
import { combine, type Finding, type Measurement, type Verdict } from './measurement.ts';

/** A go/no-go criterion and what was decided. */
export interface Gate {
  readonly id: GateId;
  readonly title: string;
  readonly verdict: Verdict;
  readonly examined: number;
  readonly violations: number;
  /** The measurements that decided it. */
  readonly evidence: readonly string[];
  /** Why it is unproven, when it is. */
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether a staging run needs it to be `go`. */
  readonly required: boolean;
}

/** Made where databases of others stayed open to everybody. */
export const otherDatabases = 'bootstrap/other-databases';

interface Criterion {
  readonly id: GateId;
  readonly title: string;
  /** What must have been measured, beside the checks that name this gate. */
  readonly measurements: readonly string[];
  /** What counts when it was measured, where a project may have nothing to measure. */
  readonly also?: readonly string[];
}

/** The go/no-go criteria, in the order in which they are read. */
const criteria: readonly Criterion[] = [
  { id: 'scripts_complete', title: 'All staging scripts completed', measurements: ['lint/scripts'] },
  { id: 'zero_errors', title: 'Zero errors in staging', measurements: ['meter/errors'] },
  { id: 'audit_trail_complete', title: 'Audit trail complete', measurements: ['trail/verified'] },
  { id: 'views_compile', title: 'Views compile and return', measurements: [] },
  {
    id: 'rls_active',
    title: 'Row-level security active and tested',
    measurements: ['probe/default-deny'],
    also: ['probe/bypass'],
  },
  {
    id: 'boundary_isolated',
    title: 'Cross-boundary isolation verified',
    measurements: ['lint/boundary', 'probe/rights', 'probe/lease', 'lease/ended'],
    also: [otherDatabases],
  },
  {
    id: 'performance_impact',
    title: 'Performance impact below 10 %',
    measurements: ['performance/p95'],
    also: ['performance/policies'],
  },
];

/**
 * Decides every gate from what was measured. A measurement that a gate needs and nobody made leaves it unproven:
 * a step that was skipped or stopped early cannot turn into a `go`.
 */
export function decideGates(
  project: Project,
  checks: readonly Pick<Check, 'id' | 'gate'>[],
  measurements: readonly Measurement[],
): Gate[] {
  const made = new Map(measurements.map((measurement) => [measurement.id, measurement]));
  return criteria.map((criterion) => {
    const needed = [
      ...criterion.measurements,
      ...(criterion.id === 'zero_errors' && project.config.waivers.length > 0 ? [waiversInForce] : []),
      ...(criterion.id === 'scripts_complete' && hasSeeds(project) ? [seedsLoaded] : []),
      ...(criterion.also ?? []).filter((id) => made.has(id)),
      ...checks.filter(({ gate }) => gate === criterion.id).map(({ id }) => id),
    ];
    return decide(criterion, needed, made, project.config.gates.staging.includes(criterion.id));
  });
}

function hasSeeds({ config }: Project): boolean {
  return Object.keys(config.inventory.seeds).length > 0;
}

function decide(
  { id, title }: Criterion,
  needed: readonly string[],
  made: ReadonlyMap<string, Measurement>,
  required: boolean,
): Gate {
  const found = needed.flatMap((name) => made.get(name) ?? []);
  const missing = needed.filter((name) => !made.has(name));
  const unproven = found.filter(({ verdict }) => verdict === 'unproven');
  return {
    id,
    title,
    verdict: combine([...found.map(({ verdict }) => verdict), ...missing.map((): Verdict => 'unproven')]),
    examined: sum(found.map(({ examined }) => examined)),
    violations: sum(found.map(({ violations }) => violations)),
    evidence: found.map((measurement) => measurement.id),
    reasons: [
      ...(needed.length === 0 ? ['nothing in this project is looked at for it'] : []),
      ...missing.map((name) => `${name} was not measured`),
      ...unproven.map((measurement) => `${measurement.id}: ${measurement.reason ?? 'examined nothing'}`),
    ],
    findings: found.flatMap(({ findings }) => findings),
    required,
  };
}

/** The verdict of a run: over the gates that it requires. */
export function verdictOf(gates: readonly Gate[]): Verdict {
  return combine(gates.filter(({ required }) => required).map(({ verdict }) => verdict));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
