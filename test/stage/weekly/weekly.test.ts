import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { weeklyChart, weeklyMarkdown, type WeeklyReport } from '../../../stage/weekly/index.ts';
import { workingMs } from '../../../stage/weekly/drift.ts';
import { percentile } from '../../../stage/weekly/objectives.ts';
import { time } from '../../../stage/weekly/markdown.ts';
import { gate, report as goodRun } from '../close-out/good-run.ts';
import { sunday, week, Weeks } from './place.ts';

const tuesday = '2025-09-23T10:00:00.000Z';
const monthBefore = '2025-09-01T10:00:00.000Z';
const [credential] = goodRun.credentials;

describe('a week of which nothing is known', () => {
  test('is no data in every line, and unproven', async () => {
    await using weeks = await Weeks.begin();
    const report = await weeks.report();
    expect(report).toMatchObject({ color: 'no data', verdict: 'unproven', drift: null });
    expect(report.objectives.map(({ color }) => color)).toEqual(Array(6).fill('no data'));
    expect(weeklyMarkdown(report, 1, 'x.svg')).not.toMatch(/\d %.*\(0 /);
    expect(weeklyChart(report)).toContain('no data');
  });

  test('is unproven though the weeks before were good', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(monthBefore);
    const report = await weeks.report();
    expect(report).toMatchObject({ color: 'no data', verdict: 'unproven', runs: { total: 0 } });
    expect(objective(report, 'success')).toMatchObject({ color: 'green', over: { value: 1, of: 1 }, week: null });
  });
});

describe('the runs of a week', () => {
  test('are green when they are go and quick enough', async () => {
    await using weeks = await Weeks.begin();
    for (const second of [1, 2, 3, 4])
      await weeks.run(`2025-09-23T10:0${second}:00.000Z`, { durationMs: second * 1000 });
    const report = await weeks.report();
    expect(report).toMatchObject({ color: 'green', verdict: 'go', alerts: [] });
    expect(objective(report, 'success').week).toEqual({ value: 1, of: 4 });
    expect(objective(report, 'p50').week).toEqual({ value: 2000, of: 4 });
    expect(objective(report, 'p95').week).toEqual({ value: 4000, of: 4 });
  });

  test('are red when fewer are go than promised, whatever the reason', async () => {
    await using weeks = await Weeks.begin();
    for (const outcome of ['go', 'no-go', 'failed', 'unproven'] as const) await weeks.run(tuesday, { outcome });
    const report = await weeks.report();
    expect(report).toMatchObject({ color: 'red', verdict: 'no-go' });
    expect(objective(report, 'success').over).toEqual({ value: 0.25, of: 4 });
    expect(report.runs.by_outcome).toEqual({ go: 1, 'no-go': 1, failed: 1, unproven: 1 });
  });

  test('are yellow when only the week itself is worse than promised', async () => {
    await using weeks = await Weeks.begin();
    for (let n = 0; n < 19; n += 1) await weeks.run(monthBefore, { durationMs: 1000 });
    await weeks.run(tuesday, { durationMs: 130_000 });
    const report = await weeks.report();
    expect(objective(report, 'p95')).toMatchObject({ color: 'yellow', week: { value: 130_000 } });
    expect(report).toMatchObject({ color: 'yellow', verdict: 'go' });
  });

  test('count without those that were cancelled, of some steps only, or of another project', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    await weeks.run(tuesday, { outcome: 'cancelled' });
    await weeks.run(tuesday, { outcome: 'unproven', steps: [{ ...goodRun.steps[0]!, status: 'skipped' }] });
    await weeks.run(tuesday, { outcome: 'failed', project: 'another' });
    const { runs, color } = await weeks.report();
    expect({ runs, color }).toEqual({ runs: { total: 1, by_outcome: { go: 1 }, left_out: 2 }, color: 'green' });
  });

  test('count those that failed, whose later steps were not tried', async () => {
    await using weeks = await Weeks.begin();
    const [step] = goodRun.steps;
    const stopped = ['done', 'failed', 'skipped', 'skipped', 'done'] as const;
    await weeks.run(tuesday);
    await weeks.run(tuesday, { outcome: 'failed', steps: stopped.map((status) => ({ ...step!, status })) });
    const report = await weeks.report();
    expect(report.runs).toEqual({ total: 2, by_outcome: { go: 1, failed: 1 }, left_out: 0 });
    expect(objective(report, 'success')).toMatchObject({ color: 'red', week: { value: 0.5, of: 2 } });
  });

  test('begin on Monday and end before the next, in UTC', async () => {
    await using weeks = await Weeks.begin();
    for (const at of [
      '2025-09-21T23:59:59.999Z',
      '2025-09-22T00:00:00.000Z',
      '2025-09-28T23:59:59.999Z',
      '2025-09-29T00:00:00.000Z',
    ])
      await weeks.run(at);
    const { runs, points } = await weeks.report();
    expect([runs.total, points.length]).toEqual([2, 3]);
  });

  test('are an alert when two in a row are not go, also across the week’s beginning', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run('2025-09-21T10:00:00.000Z', { outcome: 'failed' });
    const second = await weeks.run(tuesday, { outcome: 'failed' });
    expect((await weeks.report()).alerts).toEqual([`Run ${second} is the second in a row that is not go.`]);
  });
});

test('a run that stopped early does not make the others look quick', async () => {
  await using weeks = await Weeks.begin();
  await weeks.run(tuesday, { durationMs: 9000 });
  await weeks.run(tuesday, { durationMs: 10, outcome: 'failed' });
  expect(objective(await weeks.report(), 'p50').week).toEqual({ value: 9000, of: 1 });
});

describe('what stands in the way', () => {
  test('is listed by gate, the most frequent first, and a hole in a boundary is an alert', async () => {
    await using weeks = await Weeks.begin();
    const views = { ...gate, id: 'views_compile' as const, title: 'Views', verdict: 'unproven' as const };
    await weeks.run(tuesday, { outcome: 'no-go', gates: [{ ...gate, verdict: 'no-go' }, views] });
    await weeks.run(tuesday, { outcome: 'unproven', gates: [gate, views, { ...views, required: false }] });
    const report = await weeks.report();
    expect(report.gates.map(({ id, no_go, unproven, runs }) => [id, no_go, unproven, runs])).toEqual([
      ['views_compile', 0, 2, 2],
      ['rls_active', 1, 0, 2],
    ]);
    expect(report.alerts[0]).toMatch(/second in a row/);
    expect(report.alerts[1]).toMatch(/hole in row-level security/);
  });

  test('are leases that ended after their time, or that nobody saw end', async () => {
    await using weeks = await Weeks.begin();
    const late = { ...credential!, role: 'late', endedAt: '2025-09-22T23:37:08.500Z' };
    const { endedAt: _, ...open } = { ...credential!, role: 'open' };
    const young = { ...open, role: 'young', expiresAt: '2025-09-28T10:00:00.000Z' };
    await weeks.run(tuesday, { credentials: [credential!, late, open, young] });
    const { leases, color, alerts } = await weeks.report();
    expect(leases).toMatchObject({
      issued: 4,
      ended_late: [{ role: 'late', late_ms: 1500 }],
      no_end: [{ role: 'open' }],
    });
    expect([color, alerts.length]).toEqual(['yellow', 2]);
  });

  test('is a report that the trail does not name: the week is red', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    const [name] = await readdir(join(weeks.trail, 'evidence'));
    const file = join(weeks.trail, 'evidence', name!);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"durationMs": ', '"durationMs": 1'));
    const report = await weeks.report();
    expect(report).toMatchObject({ color: 'red', verdict: 'no-go', runs: { total: 0 } });
    expect(report.problems).toEqual([`${file} is not what any close-out names`]);
  });

  test('is a promotion’s report that somebody changed', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    const id = await weeks.promotion(tuesday, { outcome: 'failed', state: 'untouched' }, 100);
    const file = join(weeks.trail, 'evidence', `${id}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('failed', 'go'));
    const report = await weeks.report();
    expect(report).toMatchObject({
      color: 'red',
      problems: [`${file} is not what any close-out names`],
      promotions: [],
    });
  });
});

describe('promotions', () => {
  test('fail when they were begun and did not end well; one that was refused before is no change', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    await weeks.promotion(tuesday, {}, 500);
    await weeks.promotion(tuesday, { outcome: 'no-go', state: 'untouched' });
    await weeks.promotion(tuesday, { outcome: 'no-go', state: 'untouched' }, 7000);
    const report = await weeks.report();
    expect(objective(report, 'change_failure')).toMatchObject({ color: 'red', week: { value: 0.5, of: 2 } });
    expect(objective(report, 'rollback')).toMatchObject({ color: 'green', week: { value: 7000, of: 1 } });
    expect(report.promotions).toHaveLength(3);
  });

  test('fail when they died, as the next one found out', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    const settled = [{ promotionId: 'promote-20250922T000000Z-00000000', state: 'promoted' as const }];
    await weeks.promotion(tuesday, { settled }, 500);
    expect(objective(await weeks.report(), 'change_failure').week).toEqual({ value: 0.5, of: 2 });
  });
});

describe('drift', () => {
  test('is no data without a digest, and nothing where digests found nothing', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    expect(objective(await weeks.report(), 'drift').over).toBeNull();
    await weeks.drift('2025-W38', '2025-09-22T02:00:00.000Z', 0);
    expect(objective(await weeks.report(), 'drift')).toMatchObject({ color: 'green', over: { value: 0, of: 1 } });
  });

  test('lasts until a digest no longer finds it, and is yellow before it is red', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    await weeks.drift('2025-W38', '2025-09-22T02:00:00.000Z', 2);
    const young = await weeks.report(new Date('2025-09-22T12:00:00Z'));
    expect(objective(young, 'drift')).toMatchObject({ color: 'yellow', over: { value: 10 * 3_600_000 } });
    expect(young.alerts).toEqual(['Drift since 2025-09-22T02:00:00.000Z: 2 findings.']);
    expect(objective(await weeks.report(), 'drift').color).toBe('red');
    expect((await weeks.report()).drift).toMatchObject({ findings: 2, open: { findings: 2 } });
  });

  test('ends with the digest that is clean', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(tuesday);
    await weeks.drift('2025-W37', '2025-09-15T02:00:00.000Z', 2);
    await weeks.drift('2025-W38', '2025-09-22T02:00:00.000Z', 0);
    const report = await weeks.report();
    expect(report.drift!.open).toBeNull();
    expect(objective(report, 'drift')).toMatchObject({ color: 'red', over: { value: 5 * 86_400_000 } });
  });

  test('is not left out when its digest cannot be read', async () => {
    await using weeks = await Weeks.begin();
    await weeks.drift('2025-W38', '2025-09-22T02:00:00.000Z', 0);
    await writeFile(join(weeks.drifts, 'week-2025-W37.json'), '{');
    await expect(weeks.report()).rejects.toMatchObject({ code: 'REPORT_DRIFT' });
  });

  test('is counted in working time', () => {
    const [friday, monday] = [new Date('2025-09-26T18:00:00Z'), new Date('2025-09-29T06:00:00Z')];
    expect(workingMs(friday, monday)).toBe(12 * 3_600_000);
    expect(workingMs(new Date('2025-09-27T06:00:00Z'), new Date('2025-09-28T06:00:00Z'))).toBe(0);
  });
});

describe('the text of a report', () => {
  test('does not round a share up to a promise that it breaks', async () => {
    await using weeks = await Weeks.begin();
    for (let n = 0; n < 96; n += 1) await weeks.run(tuesday);
    await weeks.run(tuesday, { outcome: 'failed' });
    const report = await weeks.report();
    expect(weeklyMarkdown(report, 1, 'x.svg')).toContain('| at least 99 % | 98.9 % (97 runs) |');
  });

  test('does nothing with a name but show it', async () => {
    await using weeks = await Weeks.begin();
    const role = '</text>|<script>';
    await weeks.run(tuesday, { credentials: [{ ...credential!, role, endedAt: '2025-09-23T00:00:00.000Z' }] });
    expect(weeklyMarkdown(await weeks.report(), 1, 'x.svg')).not.toContain('<script');
  });

  test('says when the week is not over, and which version it is', async () => {
    await using weeks = await Weeks.begin();
    expect(weeklyMarkdown(await weeks.report(sunday), 2, 'x.svg')).toMatch(/version 2: it replaces.*not over/);
    expect(weeklyMarkdown(await weeks.report(new Date('2025-09-30T00:00:00Z')), 1, 'x.svg')).not.toContain('not over');
  });

  test('has a chart with a dot for each run', async () => {
    await using weeks = await Weeks.begin();
    await weeks.run(monthBefore);
    await weeks.run(tuesday);
    await weeks.run(tuesday, { outcome: 'failed', durationMs: 0 });
    const svg = weeklyChart(await weeks.report());
    expect(svg).toContain(week);
    expect(svg.match(/<path class="dot go" d="[^"]+"\/>\n<path class="dot not"[^>]+>/)![0].match(/h0/g)).toHaveLength(
      3,
    );
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('gives durations in the unit that fits', () => {
    expect([0, 1500, 2500, 90_000, 150_000, 86_400_000, 2 * 86_400_000].map(time)).toEqual([
      '0 ms',
      '1500 ms',
      '2.5 s',
      '90 s',
      '2.5 min',
      '24 h',
      '2 d',
    ]);
  });
});

test('a percentile is a value that was measured', () => {
  expect([0.5, 0.95, 1].map((share) => percentile([4, 1, 3, 2], share))).toEqual([2, 4, 4]);
  expect(percentile([], 0.5)).toBeUndefined();
});

function objective(report: WeeklyReport, id: string) {
  return report.objectives.find((one) => one.id === id)!;
}
