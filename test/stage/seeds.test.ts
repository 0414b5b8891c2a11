import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InventorySettings, Project } from '../../ops/config/index.ts';
import { decideGates } from '../../stage/gates.ts';
import { measured, type Measurement } from '../../stage/measurement.ts';
import { measureSeeds } from '../../stage/seeds.ts';
import { check } from '../../stage/steps/check.ts';
import { Staging, tinyFile } from '../support/staging.ts';

let staging: Staging;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-seeds-'));
  staging = await (await Staging.start({ file: tinyFile })).rehearse();
});
afterAll(async () => {
  await staging[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function projectWith(seeds: InventorySettings['seeds']): Project {
  const { config } = staging.project;
  return { ...staging.project, config: { ...config, inventory: { ...config.inventory, seeds } } };
}

async function measure(seeds: InventorySettings['seeds']): Promise<Measurement | null> {
  await using session = await staging.connect();
  return await session.rolledBack(() => measureSeeds(session, projectWith(seeds), new Date()));
}

async function rowsOf(table: string): Promise<number> {
  await using session = await staging.connect();
  return (await session.row<{ rows: number }>(`select count(*) as rows from ${table}`)).rows;
}

describe('the seed manifest of a project', () => {
  test('is not asked for where there is none', async () => {
    expect(await measure({})).toBeNull();
  });

  test('is go when every table holds what it says, keys of a CSV file included', async () => {
    await using session = await staging.connect();
    const { rows } = await session.query<{ id: number }>('select id from shop.orders order by id');
    await writeFile(join(folder, 'orders.csv'), ['id', ...rows.map(({ id }) => id), ''].join('\n'));
    const held = await rowsOf('desk.tickets');
    expect(held).toBeGreaterThan(0);
    expect(
      await measure({
        'desk.tickets': { exact: held },
        'shop.orders': { csv: join(folder, 'orders.csv'), key: ['id'] },
      }),
    ).toMatchObject({ id: 'seeds/loaded', verdict: 'go', examined: 2, violations: 0, findings: [] });
  });

  test('is no-go with a finding for each table that is short or missing', async () => {
    const held = await rowsOf('desk.tickets');
    const measurement = await measure({ 'desk.tickets': { atLeast: held + 2 }, 'desk.absent': { atLeast: 1 } });
    expect(measurement).toMatchObject({ verdict: 'no-go', examined: 2, violations: 2 });
    expect(measurement!.findings.map(({ object, detail }) => `${object}: ${detail}`)).toEqual([
      `desk.tickets: desk.tickets is short, expected at least ${held + 2}: short by 2`,
      'desk.absent: desk.absent is missing, expected at least 1: there is no such table',
    ]);
  });

  test('is unproven, and not go, where a view was named that nobody counts', async () => {
    expect(await measure({ 'views.orders_open': { atLeast: 1 } })).toMatchObject({ verdict: 'no-go' });
    await using session = await staging.connect();
    await session.rolledBack(async () => {
      await session.query('lock table desk.tickets in access exclusive mode');
      await using other = await staging.connect();
      await other.query("set lock_timeout = '50ms'");
      const project = projectWith({ 'desk.tickets': { atLeast: 1 } });
      const measurement = await other.rolledBack(() => measureSeeds(other, project, new Date()));
      expect(measurement).toMatchObject({ verdict: 'unproven', examined: 0 });
    });
  });

  test('is measured by the step "check", and leaves its gate unproven when nobody measured it', async () => {
    const project = projectWith({ 'desk.absent': { exact: 1 } });
    const before = staging.context.record.measurements.length;
    await check.run({ ...staging.context, project });
    const made = staging.context.record.measurements.slice(before).find(({ id }) => id === 'seeds/loaded');
    expect(made).toMatchObject({ verdict: 'no-go' });
    const lint = measured({ id: 'lint/scripts', title: '', examined: 1, violations: 0, findings: [] });
    const gateOf = (given: Project, ...all: Measurement[]) =>
      decideGates(given, [], all).find(({ id }) => id === 'scripts_complete')!;
    expect(gateOf(staging.project, lint).verdict).toBe('go');
    expect(gateOf(project, lint)).toMatchObject({
      verdict: 'unproven',
      reasons: ['seeds/loaded was not measured'],
    });
    expect(gateOf(project, lint, made!)).toMatchObject({ verdict: 'no-go' });
  });
});
