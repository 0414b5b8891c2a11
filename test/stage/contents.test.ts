import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareContents, contentsOf } from '../../stage/contents.ts';
import { Sandbox, type Scenario } from '../support/sandbox.ts';

let sandbox: Sandbox;
let scenario: Scenario;

beforeAll(async () => {
  sandbox = await Sandbox.start('apply', 'backfill');
  scenario = await sandbox.scenario();
  await scenario.prepare(
    `create table shop."Odd ""T" (content text, "row" int, hashed int);
     insert into shop."Odd ""T" values ('same', 1, 1);
     create table shop.p (a int) partition by list (a); create table shop.p1 partition of shop.p default;
     create materialized view shop.m as select 1 as a; create sequence desk.q; create sequence public.other;
     create table public.elsewhere (a int); create table shop.twin (a int); create table shop.nulls (a int, b text)`,
  );
});

afterAll(async () => {
  await scenario?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
});

/** What a comparison finds after some statements. */
async function foundAfter(sql: string) {
  await using session = await scenario.connect();
  const before = await contentsOf(session);
  await session.script(sql);
  return compareContents(before, await contentsOf(session));
}

test('the contents of a database are those of its domains, past row-level security', async () => {
  await using session = await scenario.connect();
  const { tables, sequences } = await contentsOf(session);
  expect(tables.map(({ table, rows }) => `${table} ${rows}`)).toEqual([
    'desk.tickets 2',
    'shop.Odd "T 1',
    'shop.m 1',
    'shop.nulls 0',
    'shop.orders 3',
    'shop.p1 0',
    'shop.twin 0',
  ]);
  expect(sequences.map(({ sequence }) => sequence)).toEqual([
    'audit.change_log_id_seq',
    'audit.lease_event_id_seq',
    'audit.linkage_verification_id_seq',
    'audit.migration_log_id_seq',
    'desk.q',
  ]);
  expect(new Set(tables.map(({ sha256 }) => sha256.length))).toEqual(new Set([64]));
});

test.each([
  ['nothing', 'select 1', []],
  ['a row added', "insert into shop.orders (id, label) values (50, 'x')", ['shop.orders']],
  ['one value changed', "update shop.orders set note = 'other' where id = 1", ['shop.orders']],
  ['a value changed in a table with a column called content', 'update shop."Odd ""T" set "row" = 2', ['shop.Odd "T']],
  ['a row of a partitioned table, in its partition', 'insert into shop.p values (1)', ['shop.p1']],
  ['one row twice', 'insert into shop.twin values (1), (1)', ['shop.twin']],
  [
    'an empty text and no text',
    "insert into shop.nulls values (1, ''); update shop.nulls set b = null",
    ['shop.nulls'],
  ],
  ['a table made', 'create table shop.new (a int)', ['shop.new']],
  ['a table dropped', 'drop table shop.new', ['shop.new']],
  ['a table outside the domains', 'insert into public.elsewhere values (1)', []],
  ['rows written again as they were', 'update shop.orders set note = note', []],
  [
    'two rows that changed places',
    'update shop.orders set id = case id when 2 then -3 else -2 end where id in (2, 3); update shop.orders set id = -id where id < 0',
    ['shop.orders'],
  ],
])('%s is seen', async (_what, sql, changedTables) => {
  expect((await foundAfter(sql)).changedTables).toEqual(changedTables);
});

test('a sequence that moved is named, and is no change of a table', async () => {
  expect(await foundAfter("select nextval('desk.q'); select nextval('public.other')")).toEqual({
    changedTables: [],
    movedSequences: ['desk.q'],
  });
});
