import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import { audit, Databases, foreignSchema, tableOf } from './support.ts';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
});
afterAll(() => databases[Symbol.asyncDispose]());

const wide = `create table public.wide as select n, repeat('x', 500) as filler from generate_series(1, 200000) as n;`;

describe('a row count', () => {
  test('is exact within the budget', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    expect(tableOf(taken, 'Mixed Case.Order').row_count).toMatchObject({ value: 5, method: 'exact', error: 0 });
    expect(taken.summary.tables_counted).toEqual({ exact: 7, sampled: 0, statistics: 0, unknown: 0 });
  });

  test('is sampled where it would not fit, with an error that holds; small tables stay exact', async () => {
    const target = await databases.create(foreignSchema + wide);
    // so slow a disk that 110 MB would take a day
    const taken = await audit(target, { bytesPerMs: 1 });
    const { value, method, error } = tableOf(taken, 'public.wide').row_count!;
    expect(method).toBe('sampled');
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(20_000);
    // five standard deviations: by chance wrong once in a million runs
    expect(Math.abs(value! - 200_000)).toBeLessThan((error! / 1.96) * 5);
    expect(tableOf(taken, 'Mixed Case.Order').row_count).toMatchObject({ value: 5, method: 'exact' });
  });

  test('is unknown, and never -1, where there is no budget and nobody analysed', async () => {
    const taken = await audit(await databases.create(foreignSchema), { budgetMs: 0 });
    expect(tableOf(taken, 'Mixed Case.Order').row_count).toMatchObject({
      value: null,
      method: 'unknown',
      reason: 'the budget was spent',
    });
    expect(JSON.stringify(taken.tables)).not.toContain('":-1');
  });

  test('comes from statistics, with their time, where the role may not read', async () => {
    const target = await databases.create(foreignSchema);
    await using session = await Session.open(target);
    await session.query('analyze "Mixed Case"."Order"');
    const nobody = await databases.login(target, 'grant select on public.version to :role');
    const taken = await audit(nobody);
    expect(tableOf(taken, 'Mixed Case.Order').row_count).toMatchObject({
      value: 5,
      method: 'statistics',
      error: null,
      reason: 'this role may not select from it',
    });
    expect(tableOf(taken, 'public.version').row_count).toMatchObject({ value: 4, method: 'exact' });
    expect(tableOf(taken, 'public.developer').row_count).toMatchObject({ value: null, method: 'unknown' });
  });

  test('is not the number of rows that row-level security lets through', async () => {
    const target = await databases.create(`${foreignSchema}
      alter table public.version enable row level security;
      create policy few on public.version using (id = 1);`);
    const reader = await databases.login(target, 'grant select on public.version to :role');
    const { value, method, reason } = tableOf(await audit(reader), 'public.version').row_count!;
    expect({ value, method }).toEqual({ value: null, method: 'unknown' });
    expect(reason).toContain('row-level security');
  });
});

describe('a table that cannot be read', () => {
  test('locked by a migration is named, and spares all others', async () => {
    const target = await databases.create(foreignSchema);
    await using migration = await Session.open(target);
    await migration.rolledBack(async () => {
      await migration.query('lock table "Mixed Case"."Order" in access exclusive mode');
      const taken = await audit(target);
      expect(new Set(taken.unseen.map(({ object }) => object))).toEqual(new Set(['Mixed Case.Order', 'public.dear']));
      const reason = 'another session holds it locked, or waits to'; // asked of the server: nobody waited for it twice
      expect(tableOf(taken, 'Mixed Case.Order').row_count).toMatchObject({ value: null, method: 'unknown', reason });
      expect(tableOf(taken, 'Mixed Case.Note').record_count).toBe(2);
      expect(tableOf(taken, 'public.measured').record_count).toBe(42);
    });
  });

  test('whose file is gone is named, and spares all others', async () => {
    const target = await databases.create(foreignSchema);
    await using session = await Session.open(target);
    await session.script(`set allow_system_table_mods = on;
      update pg_catalog.pg_class set relfilenode = 999999 where relname = 'version';`);
    const taken = await audit(target);
    expect(tableOf(taken, 'public.version').row_count?.reason).toContain('58P01');
    expect(tableOf(taken, 'public.version_family').record_count).toBe(3);
    expect(taken.summary.tables_counted).toMatchObject({ exact: 6, unknown: 1 });
  });
});
