import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeSnapshot } from '../../../audit-log/snapshots/index.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import { Databases } from '../inventory/support.ts';
import { Snapshots } from './support.ts';

let databases: Databases;
let snapshots: Snapshots;
let target: Target;
beforeAll(async () => {
  databases = await Databases.start();
  snapshots = await Snapshots.start();
  target = await databases.create(`
    create table public.t (id integer primary key, name text, body jsonb);
    insert into public.t select n, 'n' || n from generate_series(1, 1000) as n;
    create schema "__proto__";
    create table "__proto__"."toString" ("constructor" integer primary key, "valueOf" text, "__proto__" text);
    insert into "__proto__"."toString" values (1, 'plain', 'so'), (2, 'is', 'this');
    create table "__proto__"."constructor" ("hasOwnProperty" integer primary key constraint "constructor" references "__proto__"."toString");
    insert into "__proto__"."constructor" values (1);
    create table public.trace (what text);
    create sequence public.numbers;
    create function public.writes() returns boolean language plpgsql as $$ begin insert into public.trace values ('ran'); return true; end $$;
    create function public.says_stable() returns boolean stable language sql as 'select true';
    create function public.eq(integer, integer) returns boolean language sql as 'select public.writes()';
    create operator public.=== (leftarg = integer, rightarg = integer, function = public.eq);
    create domain public.checked as text check (public.writes());
    create view public.seen as select id from public.t where public.writes();
    create table public.parts (id integer) partition by range (id);
    create table public.part partition of public.parts for values from (0) to (10);
    analyze;
  `);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await snapshots[Symbol.asyncDispose]();
});

/** Conditions that try to do something else than to choose rows. */
const conditions = [
  'public.writes()',
  'public.says_stable()',
  'id operator(public.===) 1',
  "name::public.checked = 'x'",
  "nextval('public.numbers') > 0",
  "setval('public.numbers', 9) > 0",
  "pg_read_file('/etc/passwd') <> ''",
  "pg_catalog.pg_read_binary_file('/etc/passwd') is not null",
  "pg_ls_dir('/') is not null",
  'pg_sleep(30) is null',
  'pg_terminate_backend(1)',
  'pg_advisory_lock(1) is null',
  'txid_current() > 0',
  'pg_current_xact_id() is not null',
  "set_config('statement_timeout', '0', false) is not null",
  "lo_import('/etc/passwd') > 0",
  "lo_export(1, '/tmp/x') = 1",
  "pg_notify('a', 'b') is null",
  "query_to_xml('delete from public.trace', true, true, '') is not null",
  "table_to_xml('public.trace', true, true, '') is not null",
  "length(repeat('x', 1000000000)) > 0",
  "length(lpad('x', 1000000000)) > 0",
  'id in (select generate_series(1, 1000000000))',
  'random() < 0.5',
  'true; drop table public.trace',
  'true; commit; delete from public.trace',
  'true) or (true',
  'true) to stdout; drop table public.trace; --',
  'true union select 2',
  'true limit 5',
  'true for update',
  'true group by id',
  'id in (select id from public.t for update)',
  'id in (values (1), (2))',
  'exists (with gone as (delete from public.trace returning 1) select from gone)',
  'exists (select 1 into public.other from public.t)',
  'exists (select from pg_catalog.pg_authid)',
  "exists (select from pg_catalog.pg_shadow where passwd like 'S%')",
  'exists (select from information_schema.tables)',
  'exists (select from t)',
  'exists (select from public.seen)',
  'id = $1',
  "xmlparse(document '<a/>') is not null",
  '/* */ --',
  'drop table public.trace',
  'created > WINDOW_START_SQL',
];

describe('a hostile plan', () => {
  test.each(conditions)('is refused before anything is read: %s', async (where) => {
    const order = await snapshots.order(target, JSON.stringify({ seeds: [{ table: 't', columns: ['id'], where }] }));
    await expect(takeSnapshot(order)).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' });
    await expectNothing(order.place);
  });

  test.each(['true limit 5', 'true for update', 'true group by id', 'true union select 2'])(
    'is told that it is more than a condition: %s',
    async (where) => {
      const order = await snapshots.order(target, JSON.stringify({ seeds: [{ table: 't', columns: ['id'], where }] }));
      await expect(takeSnapshot(order)).rejects.toThrow('The condition of public.t is more than a condition.');
    },
  );

  test.each([
    ['a view, whose functions would run', 'seen'],
    ['a partition, whose references are at its root', 'part'],
    ['a name that is SQL', 't"; drop table public.trace; --'],
    ['a table of the system', 'pg_catalog.pg_stat_activity'],
  ])('cannot name %s', async (_, table) => {
    const order = await snapshots.order(target, JSON.stringify({ seeds: [{ table, columns: 'all' }] }));
    await expect(takeSnapshot(order)).rejects.toMatchObject({ code: /^SNAPSHOT_(REFUSED|EMPTY)$/ });
    await expectNothing(order.place);
  });

  test.each([
    'exists (select from public.t as a, public.t as b, public.t as c, public.t as d where a.name < b.name)',
    'id in (select a.id from public.t as a cross join public.t as b cross join public.t as c)',
  ])('is refused for what the planner expects it to cost: %s', async (where) => {
    const plan = { seeds: [{ table: 't', columns: ['id'], where }], limits: { cost: 10_000 } };
    const order = await snapshots.order(target, JSON.stringify(plan));
    await expect(takeSnapshot(order)).rejects.toMatchObject({ code: 'SNAPSHOT_COST' });
    await expectNothing(order.place);
  });

  test('that speaks of a column or a table that is not there gets the answer of the server, and leaves nothing', async () => {
    const order = await snapshots.order(
      target,
      JSON.stringify({ seeds: [{ table: 't', columns: ['id'], where: 'gone = 1' }] }),
    );
    await expect(takeSnapshot(order)).rejects.toThrow('column "gone" does not exist');
    await expectNothing(order.place);
  });

  test.each([
    ['rows', { rows: 10 }],
    ['bytes', { bytes: '1kB' }],
  ])('ends at the budget of %s, and leaves nothing', async (what, limits) => {
    const order = await snapshots.order(target, JSON.stringify({ seeds: [{ table: 't', columns: 'all' }], limits }));
    await expect(takeSnapshot(order)).rejects.toMatchObject({
      code: 'SNAPSHOT_BUDGET',
      hint: expect.stringContaining(what),
    });
    await expectNothing(order.place);
  });

  test('exports tables and columns whose names every object answers to', async () => {
    const { manifest, file } = await snapshots.take(
      target,
      JSON.stringify({
        schema: '__proto__',
        seeds: [{ table: 'toString', columns: 'all' }],
        follow: { children: ['constructor'] },
      }),
    );
    expect(manifest.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['constructor', 1],
      ['toString', 2],
    ]);
    expect(await file('__proto__.toString.csv')).toBe('constructor,valueOf,__proto__\n1,plain,so\n2,is,this\n');
  });

  test('may say everything that only chooses rows', async () => {
    const where = `lower(name) like 'n1%' and (body is null or body ->> 'a' in ('x')) and id between 1 and 500
      and coalesce(length(name), 0) > 0 and id = any (array[1, 10]) and name ~ '^n' collate "C"
      and exists (select from public.t as other where other.id = t.id + 1) -- and a comment`;
    const { table } = await snapshots.take(target, JSON.stringify({ seeds: [{ table: 't', columns: ['id'], where }] }));
    expect(table('public.t')).toMatchObject({ rows: 2 });
  });
});

/** Nothing written, neither to the database nor to the disk. */
async function expectNothing(place: string): Promise<void> {
  await using session = await Session.open(target);
  const { trace, number } = await session.row<{ trace: number; number: number }>(
    'select (select count(*) from public.trace) as trace, (select last_value from public.numbers) as number',
  );
  expect({ trace, number }).toEqual({ trace: 0, number: 1 });
  expect((await readdir(place)).filter((name) => name !== '.gitignore')).toEqual([]);
}
