import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTrail } from '../../audit-log/trail/index.ts';
import { sha256 } from '../../ops/evidence.ts';
import { Redactor } from '../../ops/redact.ts';
import { closeOut, measureTrail } from '../../stage/close-out/index.ts';
import type { Gate } from '../../stage/gates.ts';
import { notMeasured } from '../../stage/measurement.ts';
import type { Report } from '../../stage/report.ts';
import { RunRecord } from '../../stage/step.ts';
import { bad, entryOf, gate, report, section, temporaryPlace, withMeasurement } from './close-out/good-run.ts';

describe('a close-out', () => {
  test('says what was measured, in the order in which it is read', async () => {
    const entry = await entryOf();
    expect(entry).toMatch(/^## Automation Close-Out \(2025-09-22T15:37:06Z\)\n/);
    expect([...entry.matchAll(/^### (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Steps',
      'Gates',
      'Pre-Staging Checks',
      'Staging Validation',
      'Boundary matrix',
      'Credentials issued',
      'Evidence queries',
      'Issues encountered',
      'Remediations',
      'Go/No-Go',
      'Sign-offs',
      'Risk',
      'Compliance notes',
      'Next steps',
      'Evidence',
    ]);
    expect(section(entry, 'Go/No-Go')).toBe('**go**: 1 of 1 required gates are go.');
    expect(section(entry, 'Issues encountered')).toBe('None.');
    expect(section(entry, 'Risk')).toContain('Staging: LOW');
    expect(section(entry, 'Credentials issued')).toContain(
      'created 2025-09-22T15:37:07.000Z, expires 2025-09-22T23:37:07.000Z',
    );
  });

  test('names each piece of evidence by the sha256 of the file as it is', async () => {
    await using place = await temporaryPlace();
    const evidence = [{ name: 'linkage.json', title: 'Links', content: '{"password":"hunter2","n":1}' }];
    const { evidence: files, trail } = await closeOut(place, report, evidence, new Redactor());
    const folder = join(place.runs, report.runId);
    const [entry] = await readTrail(place.trail);
    const named = [...section(`${entry!.body}`, 'Evidence').matchAll(/^\| (\S+) \|.* (\d+) \| (\w{64}) \|$/gm)];
    expect(named.map(([, name]) => name)).toEqual(['linkage.json', 'report.json']);
    for (const [, name, bytes, sum] of named) {
      const content = await readFile(join(folder, name!));
      expect([content.length, sha256(content)]).toEqual([Number(bytes), sum]);
    }
    expect(files).toMatchObject([{ name: 'linkage.json', sha256: named[0]![3] }]);
    expect(await readFile(join(place.trail, 'evidence', `${report.runId}.json`))).toEqual(
      await readFile(join(folder, 'report.json')),
    );
    expect(trail).toMatchObject({ number: 1, prev: 'genesis' });
  });

  test('keeps a report that is too large with its run, and still names it', async () => {
    await using place = await temporaryPlace();
    await closeOut(place, { ...report, remarks: ['x'.repeat(200_001)] }, [], new Redactor());
    expect(await readdir(place.trail)).toEqual(['2025-09-22.md']);
    expect((await readTrail(place.trail))[0]!.body).toMatch(/\| report\.json \|.*\| 20\d{4} \| \w{64} \|/);
  });
});

describe('every line of the checklists follows its measurement', () => {
  const lines = async (changes: Partial<Report>) => {
    const entry = await entryOf(changes);
    return `${section(entry, 'Pre-Staging Checks')}\n${section(entry, 'Staging Validation')}`.split('\n');
  };

  test('all boxes of a good run are ticked', async () => {
    const all = await lines({});
    expect(all).toHaveLength(12);
    expect(all.filter((text) => !text.startsWith('- [x] '))).toEqual([]);
  });

  test.each([
    ['check/rls_by_default', 'RLS enforcement configured'],
    ['check/audit_coverage', 'Audit logging enabled'],
    ['check/connection', 'Database accessible'],
    ['check/schemas', 'Schemas created'],
    ['check/extensions', 'Extensions installed'],
    ['check/rls', 'RLS enabled by default'],
    ['probe/lease', 'The credential can connect'],
    ['probe/rights', 'Permissions verified'],
  ])('%s no-go, unproven or not made at all empties the box of "%s" and no other', async (id, text) => {
    const others = report.measurements.filter((known) => known.id !== id);
    const changes = [
      withMeasurement(bad(id)),
      withMeasurement(notMeasured(id, id, 'no time')),
      { measurements: others },
    ];
    const said = ['1 violations, no-go', '0 violations, unproven', 'was not measured'];
    for (const [index, change] of changes.entries()) {
      const open = (await lines(change)).filter((line) => line.startsWith('- [ ] '));
      expect(open).toEqual([expect.stringMatching(new RegExp(`^- \\[ \\] ${text}: .*${said[index]}$`))]);
    }
  });

  test.each<[string, Partial<Report>, string[]]>([
    ['a server that did not come up', { serverVersion: null }, ['Staging environment configured', 'Instance healthy']],
    ['a bootstrap that failed', { steps: [{ ...report.steps[0]!, status: 'failed' }] }, ['Bootstrap complete']],
    ['a bootstrap that was not tried', { steps: [] }, ['Bootstrap complete']],
    ['no credential', { credentials: [] }, ['Time-boxed credentials created']],
  ])('%s empties its own', async (_what, changes, open) => {
    const found = (await lines(changes)).filter((line) => line.startsWith('- [ ] '));
    expect(found.map((line) => /^- \[ \] ([^:(]+?)(?: \(.*\))?:/.exec(line)![1])).toEqual(open);
  });
});

describe('the judgements follow what was measured', () => {
  test.each(['lease/ended', 'probe/rights', 'trail/verified'])('%s not shown raises the risk, by name', async (id) => {
    const risk = section(await entryOf(withMeasurement(bad(id))), 'Risk');
    expect(risk).toContain(`Staging: ELEVATED (not shown: ${id})`);
  });

  test('a gate that is not go makes production riskier, and is the next step', async () => {
    const open: Gate = { ...gate, verdict: 'no-go', violations: 2 };
    const entry = await entryOf({ outcome: 'no-go', gates: [open] });
    expect(section(entry, 'Risk')).toContain(
      'Direct production execution: HIGH (Row-level security active and tested is no-go)',
    );
    expect(section(entry, 'Go/No-Go')).toBe('**no-go**: 0 of 1 required gates are go.');
    expect(section(entry, 'Next steps')).toBe(
      '- Row-level security active and tested is no-go: mend it and run again.',
    );
    expect(section(entry, 'Compliance notes')).toContain('no-go, 3 examined, 2 violations');
    const unproven: Gate = { ...gate, verdict: 'unproven', reasons: ['check/rls was not measured'] };
    expect(section(await entryOf({ gates: [unproven] }), 'Risk')).toContain('MEDIUM-HIGH');
    expect(section(await entryOf({ gates: [unproven] }), 'Issues encountered')).toContain('check/rls was not measured');
  });

  test('findings are issues, with their remedies once each; an error comes first, with its hint', async () => {
    const findings = withMeasurement({
      ...bad('check/rls'),
      findings: [...bad('check/rls').findings, ...bad('x', 'b').findings],
    });
    const error = { code: 'SQL_FAILED', message: 'it broke', hint: 'Look here.', location: null, excerpt: null };
    const entry = await entryOf({ ...findings, outcome: 'failed', error });
    expect(section(entry, 'Issues encountered').split('\n')).toEqual([
      '- SQL_FAILED: it broke',
      '- error: shop.orders: is wrong (check/rls)',
      '- error: shop.orders: b (check/rls)',
    ]);
    expect(section(entry, 'Remediations').split('\n')).toEqual([
      '- not applied; suggested: Look here.',
      '- not applied; suggested: Mend it.',
    ]);
    expect(section(entry, 'Next steps')).toBe('- Look here.');
  });

  test('a cancelled run says to run again', async () => {
    expect(section(await entryOf({ outcome: 'cancelled' }), 'Next steps')).toBe('- Run again: this run was cancelled.');
  });
});

test('the trail is measured before an entry is added: whole, empty, or with somebody else’s hand in it', async () => {
  await using place = await temporaryPlace();
  const measure = async () => {
    const record = new RunRecord();
    await measureTrail(place, record);
    return record.measurements[0]!;
  };
  expect(await measure()).toMatchObject({ id: 'trail/verified', examined: 1, violations: 0, verdict: 'go' });
  await closeOut(place, report, [], new Redactor());
  expect(await measure()).toMatchObject({ examined: 2, verdict: 'go' });
  const day = join(place.trail, '2025-09-22.md');
  await writeFile(day, (await readFile(day, 'utf8')).replace('**go**', '**no-go**'));
  expect(await measure()).toMatchObject({ verdict: 'no-go', findings: [{ object: '2025-09-22.md', level: 'error' }] });
});
