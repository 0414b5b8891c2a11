import { afterAll, describe, expect, test } from 'vitest';
import type { Report } from '../../stage/report.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const gap = `-- title: Every ticket names an order
-- why: an unlinked ticket is nobody's
-- remedy: Link it.
-- as: desk_service

select 'desk.tickets' as object, count(*) as examined, count(*) filter (where order_id is null or true) as violations,
    'tickets without an order' as detail
from desk.tickets;
`;

/** A project with two tickets that violate a check, and waivers. */
async function waiving(
  ...waivers: { object?: string; expires: string }[]
): Promise<{ report: Report; entry: string; code: number }> {
  await using project = await TestProject.copy(folder.path);
  await project.write('sql/checks/tickets_linked.sql', gap);
  const lines = waivers.map(
    ({ object = 'desk.tickets', expires }) =>
      `  - { finding: check/tickets_linked, object: ${object}, reason: imported in June, owner: Ada, expires: ${expires} }`,
  );
  await project.edit('drydock.yaml', 'gates:', `waivers:\n${lines.join('\n') || '  []'}\ngates:`);
  const { code, stdout } = await project.drydock('run', '--json');
  return { report: JSON.parse(stdout) as Report, entry: await project.trail(), code: code! };
}

const measurement = (report: Report, name: string) => report.measurements.find(({ id }) => id === name);

describe('a waiver', () => {
  test('without one, the finding is held against the run', async () => {
    const { report, code } = await waiving();
    expect([report.outcome, code]).toEqual(['no-go', 3]);
    expect(measurement(report, 'check/tickets_linked')).toMatchObject({ violations: 2, verdict: 'no-go' });
    expect(measurement(report, 'waivers/in-force')).toBeUndefined();
  });

  test('takes the finding out of the count, every violation of it, and stays in every report', async () => {
    const { report, entry, code } = await waiving({ expires: day(0) });
    expect([report.outcome, code]).toEqual(['go', 0]);
    expect(measurement(report, 'check/tickets_linked')).toMatchObject({
      violations: 0,
      verdict: 'go',
      findings: [{ object: 'desk.tickets', waived: { owner: 'Ada', reason: 'imported in June', expires: day(0) } }],
    });
    expect(entry).toContain(`waived until ${day(0)} by Ada`);
  });

  test('that has expired is no-go itself, and waives nothing', async () => {
    const { report } = await waiving({ expires: day(-1) });
    expect(report.outcome).toBe('no-go');
    expect(measurement(report, 'waivers/in-force')).toMatchObject({ verdict: 'no-go', violations: 1 });
    expect(measurement(report, 'check/tickets_linked')).toMatchObject({ verdict: 'no-go', violations: 2 });
  });

  test('that has expired is no-go even when there is nothing left for it to waive', async () => {
    const { report } = await waiving({ expires: day(3) }, { object: 'desk.gone', expires: day(-1) });
    expect(report.outcome).toBe('no-go');
    expect(report.gates.find(({ id }) => id === 'zero_errors')!.evidence).toContain('waivers/in-force');
  });

  test('that matches nothing is named, and blocks nothing', async () => {
    const { report } = await waiving({ expires: day(3) }, { object: 'desk.misspelt', expires: day(3) });
    expect(report.outcome).toBe('go');
    expect(measurement(report, 'waivers/in-force')!.findings).toMatchObject([
      { level: 'warning', object: 'check/tickets_linked desk.misspelt' },
    ]);
  });

  test('without a reason, an owner or a day is a mistake in the project file', async () => {
    await using project = await TestProject.copy(folder.path);
    await project.edit(
      'drydock.yaml',
      'gates:',
      'waivers: [{ finding: a, object: b, reason: "", owner: c, expires: soon }]\ngates:',
    );
    const { code, stderr } = await project.drydock('run');
    expect(code).toBe(2);
    expect(stderr).toMatch(/waivers\.0\.reason[\s\S]*waivers\.0\.expires/);
  });
});
