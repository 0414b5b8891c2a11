import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { gateIds, loadProject, type GateId, type Project } from '../../ops/config/index.ts';
import { loadChecks, type Check } from '../../stage/checks.ts';
import { decideGates, verdictOf, type Gate } from '../../stage/gates.ts';
import { measured, notMeasured, type Measurement, type Verdict } from '../../stage/measurement.ts';
import { exampleFile } from '../support/staging.ts';

/** What the gates need beside the checks that name them. */
const beside: [id: string, gate: GateId][] = [
  ['lint/scripts', 'scripts_complete'],
  ['meter/errors', 'zero_errors'],
  ['trail/verified', 'audit_trail_complete'],
  ['probe/default-deny', 'rls_active'],
  ['lint/boundary', 'boundary_isolated'],
  ['probe/rights', 'boundary_isolated'],
  ['probe/lease', 'boundary_isolated'],
  ['lease/ended', 'boundary_isolated'],
  ['performance/p95', 'performance_impact'],
];

let project: Project;
let checks: Check[];
let needed: [id: string, gate: GateId][];

beforeAll(async () => {
  project = await loadProject(exampleFile);
  checks = await loadChecks(project);
  needed = [...beside, ...checks.map(({ id, gate }): [string, GateId] => [id, gate])];
});

function good(id: string): Measurement {
  return measured({ id, title: id, examined: 3, violations: 0, findings: [] });
}

function bad(id: string): Measurement {
  const finding = { level: 'error', object: id, detail: 'broken' } as const;
  return measured({ id, title: id, examined: 3, violations: 1, findings: [finding] });
}

function emptyHanded(id: string): Measurement {
  return measured({ id, title: id, examined: 0, violations: 0, findings: [] });
}

/** Everything that any gate needs, all go, with one measurement replaced or, for undefined, left out. */
function decide(id?: string, replacement?: Measurement): Map<GateId, Gate> {
  const measurements = needed.flatMap(([name]) => (name === id ? (replacement ?? []) : good(name)));
  return new Map(decideGates(project, checks, measurements).map((gate) => [gate.id, gate]));
}

function verdicts(gates: Map<GateId, Gate>): Record<string, Verdict> {
  return Object.fromEntries([...gates.values()].map(({ id, verdict }) => [id, verdict]));
}

const allGo = Object.fromEntries(gateIds.map((id) => [id, 'go']));

test('every gate of the settings is decided, in their order', () => {
  expect([...decide().keys()]).toEqual(gateIds);
});

test('every gate is go when all that it needs was measured and nothing was wrong', () => {
  const gates = decide();
  expect(verdicts(gates)).toEqual(allGo);
  expect([...gates.values()].flatMap(({ reasons, findings }) => [...reasons, ...findings])).toEqual([]);
});

test('every gate rests on at least one measurement, and names those that it rests on', () => {
  for (const gate of decide().values()) {
    const ids = needed.filter(([, id]) => id === gate.id).map(([id]) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect([...gate.evidence].sort()).toEqual(ids.sort());
    expect(gate.examined).toBe(3 * ids.length);
  }
});

describe('one measurement decides its own gate and no other:', () => {
  test('no-go where it found something', () => {
    for (const [id, gate] of needed) {
      const gates = decide(id, bad(id));
      expect(verdicts(gates), id).toEqual({ ...allGo, [gate]: 'no-go' });
      expect(gates.get(gate)).toMatchObject({ violations: 1, findings: [{ object: id, detail: 'broken' }] });
    }
  });

  test('unproven where it was not made', () => {
    for (const [id, gate] of needed) {
      const gates = decide(id, undefined);
      expect(verdicts(gates), id).toEqual({ ...allGo, [gate]: 'unproven' });
      expect(gates.get(gate)!.reasons).toEqual([`${id} was not measured`]);
    }
  });

  test('unproven where it examined nothing', () => {
    for (const [id, gate] of needed) {
      const gates = decide(id, emptyHanded(id));
      expect(verdicts(gates), id).toEqual({ ...allGo, [gate]: 'unproven' });
      expect(gates.get(gate)!.reasons).toEqual([`${id}: examined nothing`]);
    }
  });

  test('unproven where it could not be made, with the reason', () => {
    for (const [id, gate] of needed) {
      const gates = decide(id, notMeasured(id, id, 'the server was gone'));
      expect(verdicts(gates), id).toEqual({ ...allGo, [gate]: 'unproven' });
      expect(gates.get(gate)!.reasons).toEqual([`${id}: the server was gone`]);
    }
  });
});

test('a no-go is not softened by what else is missing', () => {
  const gates = decideGates(project, checks, [bad('probe/rights')]);
  expect(gates.find(({ id }) => id === 'boundary_isolated')).toMatchObject({ verdict: 'no-go' });
  expect(verdictOf(gates)).toBe('no-go');
});

test('a gate that nothing is needed for is unproven, and says so', () => {
  const gates = decideGates(project, [], []);
  expect(gates.find(({ id }) => id === 'views_compile')).toMatchObject({
    verdict: 'unproven',
    examined: 0,
    reasons: ['nothing in this project is looked at for it'],
  });
});

test('a measurement that no gate asked for decides nothing', () => {
  const measurements = [...needed.map(([id]) => good(id)), bad('check/unknown')];
  expect(verdictOf(decideGates(project, checks, measurements))).toBe('go');
});

describe('the verdict of a run', () => {
  test('is go without the performance gate, which a staging run does not require', () => {
    const gates = decide('performance/p95', undefined);
    expect(gates.get('performance_impact')).toMatchObject({ verdict: 'unproven', required: false });
    expect(verdictOf([...gates.values()])).toBe('go');
  });

  test('is that of the performance gate too where the settings require it', () => {
    const staging = project.config.gates.promotion;
    const strict = { ...project, config: { ...project.config, gates: { ...project.config.gates, staging } } };
    const measurements = needed.map(([id]) => good(id)).filter(({ id }) => id !== 'performance/p95');
    expect(verdictOf(decideGates(strict, checks, measurements))).toBe('unproven');
    expect(verdictOf(decideGates(strict, checks, [...measurements, bad('performance/p95')]))).toBe('no-go');
    expect(verdictOf(decideGates(strict, checks, [...measurements, good('performance/p95')]))).toBe('go');
  });

  test('over no gate at all is unproven', () => {
    expect(verdictOf([])).toBe('unproven');
  });

  test('is never go once anything that a required gate needs was not measured or measured nothing', () => {
    const required = needed.filter(([, gate]) => project.config.gates.staging.includes(gate)).map(([id]) => id);
    const removed = fc.subarray(required, { minLength: 1 });
    fc.assert(
      fc.property(removed, fc.boolean(), (ids, leaveOut) => {
        const measurements = needed.flatMap(([id]) => {
          if (!ids.includes(id)) return good(id);
          return leaveOut ? [] : emptyHanded(id);
        });
        expect(verdictOf(decideGates(project, checks, measurements))).toBe('unproven');
      }),
      { seed: 20250922 },
    );
  });

  test('is no-go where a required gate measured something wrong, else unproven where one measured nothing, in any order', () => {
    const kinds = fc.constantFrom(good, bad, emptyHanded);
    const chosen = fc.tuple(...needed.map(([id, gate]) => kinds.map((make) => ({ gate, measurement: make(id) }))));
    const shuffled = chosen.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
    fc.assert(
      fc.property(shuffled, (all) => {
        const relevant = all.filter(({ gate }) => project.config.gates.staging.includes(gate));
        const isWrong = relevant.some(({ measurement }) => measurement.violations > 0);
        const isLacking = relevant.some(({ measurement }) => measurement.examined === 0);
        const gates = decideGates(
          project,
          checks,
          all.map(({ measurement }) => measurement),
        );
        expect(verdictOf(gates)).toBe(isWrong ? 'no-go' : isLacking ? 'unproven' : 'go');
      }),
      { seed: 20250922 },
    );
  });
});

describe('a measurement', () => {
  test.each<[string, Parameters<typeof measured>[0], Verdict]>([
    ['nothing examined is unproven', { ...good('a'), examined: 0 }, 'unproven'],
    ['violations among nothing examined are unproven', { ...bad('a'), examined: 0 }, 'unproven'],
    ['violations up to the threshold are go', { ...bad('a'), violations: 2, threshold: 2 }, 'go'],
    ['violations above the threshold are no-go', { ...bad('a'), violations: 3, threshold: 2 }, 'no-go'],
    ['a warning is go whatever it found', { ...bad('a'), severity: 'warning', violations: 99 }, 'go'],
    ['a warning over nothing is unproven', { ...emptyHanded('a'), severity: 'warning' }, 'unproven'],
  ])('%s', (_sentence, facts, verdict) => {
    expect(measured(facts).verdict).toBe(verdict);
  });
});
