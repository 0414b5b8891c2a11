import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadProject } from '../../ops/config/index.ts';
import { Redactor } from '../../ops/redact.ts';
import { makeProject } from '../../stage/new-project.ts';
import { embeddedProvider } from '../../stage/providers/index.ts';
import { selftest, type SelftestReport } from '../../stage/selftest/index.ts';
import type { WaiverOrder } from '../../stage/waivers.ts';
import { host, testHome } from '../support/home.ts';
import { exampleFile, tinyFile } from '../support/staging.ts';

async function plantIn(file: string, only?: string, waivers: WaiverOrder[] = []): Promise<SelftestReport> {
  const project = await loadProject(file);
  return selftest({
    project: { ...project, config: { ...project.config, waivers } },
    provider: embeddedProvider(host),
    home: testHome,
    settings: { ingest: 'dry-run', actor: 'tester', version: '0.0.0' },
    redactor: new Redactor(),
    signal: new AbortController().signal,
    only,
    now: () => new Date('2026-06-30T12:00:00Z'),
    progress() {},
  });
}

describe('drydock selftest', () => {
  test('catches every fault that it plants in the example, in every class', { timeout: 180_000 }, async () => {
    const report = await plantIn(exampleFile);
    expect(report.survivors.map(({ fault }) => fault.name)).toEqual([]);
    expect(report.refused.map(({ fault }) => fault.name)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'go', killRate: 100 });
    expect(report.planted).toBeGreaterThan(150);
    const kinds = new Set(report.faults.map(({ fault }) => fault.kind));
    expect(kinds.size).toBeGreaterThanOrEqual(55);
    expect(report.classes.map(({ name }) => name)).toEqual([
      'audit',
      'boundary',
      'checks',
      'data',
      'functions',
      'grants',
      'history',
      'rls',
      'roles',
      'tables',
      'views',
    ]);
    expect(report.classes.filter(({ planted, caught }) => planted === 0 || planted !== caught)).toEqual([]);
  });

  test('names what survives in a project without checks of its own, its SQL, and what would catch it', async () => {
    const report = await plantIn(tinyFile, 'link_orphaned');
    expect(report).toMatchObject({ verdict: 'no-go', planted: 1, caught: 0, killRate: 0 });
    const [survivor] = report.survivors;
    expect(survivor!.fault.object).toBe('desk.tickets.order_id');
    expect(survivor!.fault.plant).toContain('update desk.tickets');
    expect(survivor!.fault.caughtBy).toBe('a check of the project that looks for links without a target');
  });

  test.each([
    ['does not count while its waiver is in force', '2026-06-30', 'go', 0, 1],
    ['counts from the day after', '2026-06-29', 'no-go', 1, 0],
  ])('a survivor that somebody answers for %s', async (_what, expires, verdict, alive, waived) => {
    const object = 'desk.tickets.order_id';
    const waiver = {
      finding: 'fault/link_orphaned',
      object,
      reason: 'links are checked nightly',
      owner: 'Ada',
      expires,
    };
    const report = await plantIn(tinyFile, 'link_orphaned', [waiver]);
    expect(report).toMatchObject({ verdict, caught: 0, killRate: 0 });
    expect([report.survivors.length, report.waived.length]).toEqual([alive, waived]);
  });

  test('says by which witnesses a fault was caught: a check and a probe, each with what it said', async () => {
    const report = await plantIn(tinyFile, 'grant_to_public');
    const planted = report.faults.find(({ fault }) => fault.object === 'shop.orders')!;
    expect(planted.catches.map(({ by, gate }) => `${by} for ${gate}`)).toEqual([
      'check/rights for boundary_isolated',
      'probe/rights for boundary_isolated',
    ]);
    expect(planted.catches[0]!.said).toBe('PUBLIC: SELECT on relation shop.orders: held, but not in the contract');
  });

  const fixture = (name: string) => join(import.meta.dirname, `../fixtures/${name}/drydock.yaml`);

  test.each([
    ['quoted names, partitions and inheritance', 'quoted', 'rls', ['policy_true: in_views on "Web Shop"."Orders"']],
    ['enums, domains, ranges and generated columns', 'typed', 'views', []],
    ['a tree of tables in two domains', 'tree', 'audit', []],
  ])('works on %s', async (_what, name, only, survivors) => {
    const report = await plantIn(fixture(name), only);
    expect(report.refused).toEqual([]);
    expect(report.planted).toBeGreaterThan(4);
    expect(report.survivors.map(({ fault }) => fault.name)).toEqual(survivors);
  });

  test('catches every policy that goes wrong in the project that "drydock init" makes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drydock-selftest-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = await makeProject(folder);
    expect(await plantIn(file, 'rls')).toMatchObject({ verdict: 'go', killRate: 100 });
  });

  test('planting nothing proves nothing', async () => {
    expect(await plantIn(tinyFile, 'no-such-class')).toMatchObject({ verdict: 'unproven', planted: 0, killRate: null });
  });
});
