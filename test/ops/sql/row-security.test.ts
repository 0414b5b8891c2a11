import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap');
  session = await staging.connect();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

interface Protection {
  readonly table: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly triggers: number;
}

const guarded = { enabled: true, forced: true, triggers: 4 };
const bare = { enabled: false, forced: false, triggers: 0 };

/** How every table that is there afterwards is protected, but for Drydock's own. */
function protectionAfter(sql: string, as?: string): Promise<Record<string, Omit<Protection, 'table'>>> {
  return session.rolledBack(async () => {
    if (as) await session.setLocalRole(as);
    await session.script(sql);
    if (as) await session.query('reset role');
    const { rows } = await session.query<Protection>(
      `select case when relation.relpersistence = 't' then 'temp.' || relname else relation.oid::regclass::text end as table,
         relrowsecurity as enabled, relforcerowsecurity as forced,
         (select count(*) from pg_trigger where tgrelid = relation.oid and tgname ~ '^drydock_log_' and tgenabled = 'A') as triggers
       from pg_class as relation join pg_namespace as namespace on namespace.oid = relnamespace
       where relkind in ('r', 'p') and nspname !~ '^(pg_(?!temp)|information_schema|audit|drydock)' order by 1`,
    );
    return Object.fromEntries(rows.map(({ table, ...protection }) => [table, protection]));
  });
}

const appearing: [string, string, string[]][] = [
  ['CREATE TABLE', 'create table shop.t (a int)', ['shop.t']],
  ['CREATE TABLE IF NOT EXISTS', 'create table if not exists shop.t (a int)', ['shop.t']],
  ['CREATE UNLOGGED TABLE', 'create unlogged table shop.t (a int)', ['shop.t']],
  ['CREATE TABLE … LIKE', 'create table shop.s (a int); create table shop.t (like shop.s)', ['shop.s', 'shop.t']],
  ['CREATE TABLE … OF a type', 'create type shop.row as (a int); create table shop.t of shop.row', ['shop.t']],
  ['INHERITS', 'create table shop.s (a int); create table shop.t () inherits (shop.s)', ['shop.s', 'shop.t']],
  ['CREATE TABLE … AS', 'create table shop.t as select 1 as a', ['shop.t']],
  ['SELECT INTO', 'select 1 as a into shop.t', ['shop.t']],
  [
    'PARTITION OF',
    'create table shop.p (a int) partition by list (a); create table shop.p1 partition of shop.p for values in (1)',
    ['shop.p', 'shop.p1'],
  ],
  [
    'ATTACH PARTITION',
    `create table shop.p (a int) partition by list (a); create table shop.p1 (a int);
     alter table shop.p attach partition shop.p1 default`,
    ['shop.p', 'shop.p1'],
  ],
  ['a quoted name in mixed case', 'create table shop."Odd ""Table" ("A b" int)', ['shop."Odd ""Table"']],
  ['a DO block', "do $$ begin execute 'create table shop.t (a int)'; end $$", ['shop.t']],
];

describe('a table that appears in a domain is guarded', () => {
  test.each(appearing)('by %s, made by the owner', async (_how, sql, tables) => {
    expect(await protectionAfter(sql, 'shop_owner')).toEqual(Object.fromEntries(tables.map((name) => [name, guarded])));
  });

  test.each(appearing)('by %s, made by a superuser', async (_how, sql, tables) => {
    expect(await protectionAfter(sql)).toEqual(Object.fromEntries(tables.map((name) => [name, guarded])));
  });

  test('by SET SCHEMA from outside', async () => {
    expect(await protectionAfter('create table public.t (a int); alter table public.t set schema shop')).toEqual({
      'shop.t': guarded,
    });
  });

  test('by CREATE SCHEMA … CREATE TABLE, in a schema that is a domain', async () => {
    const sql = `insert into drydock.domain (schema_name, owner, service) values ('late', 'shop_owner', 'shop_service');
                 create schema late create table t (a int) create table u (a int)`;
    expect(await protectionAfter(sql)).toEqual({ 'late.t': guarded, 'late.u': guarded });
  });

  test('by a rename, a rewrite and a new column it stays so', async () => {
    const sql = `create table shop.t (a int); alter table shop.t rename to u; alter table shop.u alter a type text;
                 alter table shop.u add b int; alter table shop.u set logged`;
    expect(await protectionAfter(sql, 'shop_owner')).toEqual({ 'shop.u': guarded });
  });
});

describe('a table that is nobody’s business is left alone', () => {
  test.each([
    ['a temporary table', 'create temp table t (a int)', { 'temp.t': bare }],
    ['a table of another schema', 'create table public.t (a int)', { t: bare }],
    [
      'a table that leaves keeps what it had',
      'create table shop.t (a int); alter table shop.t set schema public',
      {
        t: guarded,
      },
    ],
  ])('%s', async (_what, sql, tables) => {
    expect(await protectionAfter(sql)).toEqual(tables);
  });
});

describe('taking the guard away is refused', () => {
  test.each([
    ['DISABLE', 'alter table shop.t disable row level security'],
    ['NO FORCE', 'alter table shop.t no force row level security'],
    ['DISABLE of a partition', 'alter table shop.p1 disable row level security'],
    ['among other changes', 'alter table shop.t add b int, disable row level security'],
    ['out of a DO block', "do $$ begin execute 'alter table shop.t disable row level security'; end $$"],
  ])('by %s, for the owner and for a superuser', async (_how, sql) => {
    const tables = `create table shop.t (a int); create table shop.p (a int) partition by list (a);
                    create table shop.p1 partition of shop.p default;`;
    for (const as of ['shop_owner', undefined]) {
      await expect(protectionAfter(`${tables} ${sql}`, as)).rejects.toMatchObject({
        cause: { code: 'DD002', message: expect.stringMatching(/^row-level security of shop\.\w+ stays enabled/) },
      });
    }
  });

  test('also under a setting that switches ordinary triggers off', async () => {
    const sql = `set local session_replication_role = replica;
                 create table shop.t (a int); alter table shop.t disable row level security`;
    await expect(protectionAfter(sql)).rejects.toMatchObject({ cause: { code: 'DD002' } });
  });

  test('whoever drops its triggers first gets them back with the row-level security', async () => {
    const sql = `create table shop.t (a int); drop trigger drydock_log_insert on shop.t;
                 alter table shop.t disable row level security`;
    expect((await protectionAfter(sql, 'shop_owner'))['shop.t']).toEqual(guarded);
  });
});
