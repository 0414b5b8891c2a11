import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../ops/config/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck } from '../../stage/checks.ts';
import type { Measurement } from '../../stage/measurement.ts';
import { exampleFile, Staging } from '../support/staging.ts';
import { harmless } from './checks/accepted.ts';
import { auditFaults } from './checks/faults/audit.ts';
import { exampleDataFaults } from './checks/faults/example-data.ts';
import { exampleSightFaults } from './checks/faults/example-sight.ts';
import { lentRightsFaults } from './checks/faults/lent-rights.ts';
import { rightsFaults } from './checks/faults/rights.ts';
import { rowSecurityFaults } from './checks/faults/rows.ts';
import { structureFaults } from './checks/faults/structure.ts';
import type { PlantedFaults } from './checks/planted-fault.ts';

const root = join(import.meta.dirname, '../..');
const faults: PlantedFaults = {
  ...structureFaults,
  ...rowSecurityFaults,
  ...rightsFaults,
  ...lentRightsFaults,
  ...auditFaults,
  ...exampleDataFaults,
  ...exampleSightFaults,
};
const checks = await loadChecks(await loadProject(exampleFile));

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
  session = await staging.connect();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

test('every check file is loaded, and has a fault that it must catch', () => {
  const files = globSync('ops/sql/checks/**/*.sql', { cwd: root }).map((file) => basename(file, '.sql'));
  expect(checks.map(({ file }) => file.name).sort()).toEqual(files.sort());
  expect(Object.keys(faults).sort()).toEqual(files.sort());
  expect(files).toEqual(expect.arrayContaining(harmless.map(({ check }) => check)));
  expect(Object.entries(faults).filter(([, planted]) => planted.length === 0)).toEqual([]);
});

describe.each(checks)('$id', (check) => {
  test('it accepts the rehearsed example', async () => {
    const measurement = await session.rolledBack(() => runCheck(session, check));
    expect(measurement).toMatchObject({ verdict: 'go', violations: 0, findings: [] });
    expect(measurement.examined).toBeGreaterThan(0);
  });

  test.each(harmless.filter((item) => item.check === check.file.name))('it accepts $what', async ({ sql }) => {
    const measurement = await session.rolledBack(async () => {
      await session.script(sql);
      return runCheck(session, check);
    });
    expect(measurement).toMatchObject({ verdict: 'go', findings: [] });
  });

  test.each(faults[check.file.name] ?? [])('it notices $fault', async ({ sql, finds }) => {
    const broken = await session.rolledBack(async () => {
      await session.script(sql);
      return runCheck(session, check);
    });
    expect(linesOf(broken)).toEqual([finds].flat().map((start) => expect.stringMatching(beginningWith(start))));
    expect(broken.violations).toBeGreaterThan(0);
    expect(broken.verdict).toBe(check.severity === 'warning' ? 'go' : 'no-go');
    expect(broken.findings.every(({ level }) => level === check.severity)).toBe(true);

    const mended = await session.rolledBack(() => runCheck(session, check));
    expect(mended).toMatchObject({ verdict: 'go', findings: [] });
  });
});

function linesOf({ findings }: Measurement): string[] {
  return findings.map(({ object, detail }) => `${object}: ${detail}`).sort();
}

function beginningWith(text: string): RegExp {
  return new RegExp(`^${RegExp.escape(text)}`);
}
