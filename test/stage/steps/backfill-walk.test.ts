import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox, type Scenario } from '../../support/sandbox.ts';
import { tinyFile } from '../../support/staging.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start('apply');
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

const path = 'sql/backfills/0010_walk.sql';
const table = 'shop."Odd ""Table"';
const file = [
  '-- title: Walk\n-- as: shop_service\n-- walks: shop.Odd "Table\n-- batch: 7',
  `-- drydock: todo\nselect count(*) from ${table} as w where w.done is null;`,
  `-- drydock: change\nupdate ${table} set done = true where :batch and done is null;`,
].join('\n');

/** A scenario with one table to walk. @param rows a query of its columns but `done` */
async function withTable(columns: string, rows: string, then = ''): Promise<Scenario> {
  const scenario = await sandbox.scenario({ 'sql/backfills': null, [path]: file });
  await scenario.prepare(
    `create table ${table} (done boolean, ${columns});
     create policy everything on ${table} using (true) with check (true);
     grant select, update on ${table} to shop_service;
     ${then};
     insert into ${table} select null, rows.* from (${rows}) as rows;`,
  );
  return scenario;
}

/** How often rows were changed, and how many of them. */
const timesChanged = `select times, count(*)::int as rows from (
    select count(*) as times from audit.change_log where operation = 'UPDATE' group by row_data
  ) as changed group by times`;

const rows = (expression: string) => `select ${expression} from generate_series(1, 300) as i`;

describe('a walk changes every row exactly once', () => {
  const special = String.raw`array['$&', '$$', '$''', ':batch', '''', '\', '"', '', e'\n', '%s']`;

  test.each([
    ['by a bigint key', '"Key" bigint primary key', rows('i * 1000000000000')],
    ['by negative numbers', 'k int primary key', rows('i - 150')],
    ['by a text key', 'k text primary key', rows('chr(32 + i) || i')],
    ['by a text key of another collation', 'k text collate "C" primary key', rows('chr(32 + i)')],
    [
      'by text that is special somewhere',
      'k text primary key',
      `select v || i from unnest(${special}) as v, generate_series(1, 30) as i`,
    ],
    ['by a uuid', 'k uuid primary key', rows('gen_random_uuid()')],
    ['by a moment', 'k timestamptz primary key', rows("'2025-03-30'::timestamptz + i * interval '7 min 1 us'")],
    ['by a day and a number', 'd date, n numeric(6, 2), primary key (n, d)', rows("'2025-01-01'::date + i % 7, i")],
    [
      'by a composite key that is not in the order of its columns',
      '"A" int, "b B" text, c int, primary key ("b B", "A")',
      rows("i % 10, 'x' || i / 10, i"),
    ],
    ['by a key that includes other columns', 'k int, x int, primary key (k) include (x)', rows('i, -i')],
  ])('%s', async (_how, columns, filling) => {
    await using scenario = await withTable(columns, filling);
    expect((await scenario.run('backfill')).rows).toBe(300);
    expect(await scenario.rows(timesChanged)).toEqual([{ times: 1, rows: 300 }]);
    expect(JSON.parse(scenario.evidence('backfills.json'))[0].batches).toBeGreaterThan(1);
  });

  test('of a partitioned table', async () => {
    const parts = `drop table ${table};
      create table ${table} (done boolean, k int primary key) partition by range (k);
      create table shop.low partition of ${table} for values from (minvalue) to (100);
      create table shop.high partition of ${table} default;
      create policy everything on ${table} using (true) with check (true);
      grant select, update on ${table} to shop_service`;
    await using scenario = await withTable('k int primary key', rows('i'), parts);
    expect((await scenario.run('backfill')).rows).toBe(300);
    expect(await scenario.rows(timesChanged)).toEqual([{ times: 1, rows: 300 }]);
  });

  test('of an empty table, which is nothing to do', async () => {
    await using scenario = await withTable('k int primary key', 'select 1 where false');
    expect((await scenario.run('backfill')).rows).toBe(0);
  });

  test('and is refused where there is no key to go by', async () => {
    await using scenario = await withTable('k int', 'select 1');
    await expect(scenario.run('backfill')).rejects.toMatchObject({ code: 'BACKFILL_NO_KEY' });
  });
});

describe('a walk whose table changes under it', () => {
  /** Does something when row 50 is changed, in the second of several batches. */
  const meanwhile = (statement: string) => `
    create function shop.meanwhile() returns trigger language plpgsql security definer set search_path = '' as
      $$ begin ${statement}; return null; end $$;
    create trigger meanwhile after update on ${table} for each row when (new.k = 50)
      execute function shop.meanwhile()`;

  test('leaves rows that were added behind its end to the next one', async () => {
    const adding = meanwhile(`insert into ${table} (k) values (301), (302)`);
    await using scenario = await withTable('k int primary key', rows('i'), adding);
    await expect(scenario.run('backfill')).rejects.toMatchObject({
      message: `${path} changed 300 of 300 rows; 2 are still to do.`,
      hint: expect.stringContaining('Rows that were added meanwhile are changed by another run.'),
    });
    expect((await scenario.run('backfill')).rows).toBe(2);
    expect(await scenario.rows(timesChanged)).toEqual([{ times: 1, rows: 302 }]);
  });

  test('is at its end although its last rows are gone, and begins anew the next time', async () => {
    const removing = meanwhile(`delete from ${table} where k > 290; insert into ${table} (k) values (-1)`);
    await using scenario = await withTable('k int primary key', rows('i'), removing);
    await expect(scenario.run('backfill')).rejects.toMatchObject({
      message: `${path} changed 290 of 300 rows; 1 are still to do.`,
    });
    expect((await scenario.run('backfill')).rows).toBe(1);
  });
});

test('killed in the middle it goes on where it stood: what was committed is not done again', async () => {
  await using scenario = await withTable('k int primary key', 'select generate_series(1, 2000)');
  // a change that would do every row again
  await scenario.write({ [path]: file.replace(' and done is null', '') });
  const committed = await killAtRow(scenario, 1500);
  expect(committed).toBeGreaterThan(0);
  expect(committed).toBeLessThan(1500);

  await scenario.run('backfill');
  expect(await scenario.rows(timesChanged)).toEqual([{ times: 1, rows: 2000 }]);
  const [result] = JSON.parse(scenario.evidence('backfills.json'));
  expect(result).toMatchObject({ expected: 2000, changed: 2000, remaining: 0 });
});

/** Runs the step in a process of its own and kills it in the batch of a row, which it waits for. @returns the rows it had committed */
async function killAtRow(scenario: Scenario, row: number): Promise<number> {
  const patient = (await readFile(tinyFile, 'utf8')).replace('folder: sql/backfills', '$&, lockTimeout: 60s');
  await scenario.write({ 'drydock.yaml': patient });
  await holding(scenario, row, async () => {
    const program = join(import.meta.dirname, 'backfill-runner.ts');
    const arguments_ = [program, scenario.folder, JSON.stringify(scenario.target())];
    const runner = execa(process.execPath, arguments_, { reject: false });
    await untilSomebodyWaits(scenario);
    runner.kill('SIGKILL');
    expect((await runner).signal).toBe('SIGKILL');
  });
  await scenario.untilAlone();
  const [logged] = await scenario.rows<{ rows: number }>(
    "select count(*) as rows from audit.change_log where operation = 'UPDATE'",
  );
  const [state] = await scenario.rows<{ changed: number }>('select changed from drydock.backfill_state');
  expect(state!.changed).toBe(logged!.rows);
  return logged!.rows;
}

/** Does something while a session of its own holds a row. */
async function holding(scenario: Scenario, row: number, work: () => Promise<void>): Promise<void> {
  await using holder = await scenario.connect();
  await holder.rolledBack(async () => {
    await holder.query(`select from ${table} where k = $1 for update`, [row]);
    await work();
  });
}

async function untilSomebodyWaits(scenario: Scenario): Promise<void> {
  const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  while ((await scenario.rows(waiting)).length === 0) await sleep(5);
}
