import { describe, expect, test } from 'vitest';
import { sha256 } from '../../ops/evidence.ts';
import type { SqlFile } from '../../ops/postgres/index.ts';
import { expectedObjects } from '../../stage/migrations.ts';

function fileOf(text: string, path = '0010.sql'): SqlFile {
  return { path, name: path, text, sha256: sha256(text), header: {} };
}

/** What migrations leave behind, as `kind schema.name`. */
async function leftBy(...texts: string[]): Promise<string[]> {
  const objects = await expectedObjects(texts.map((text, index) => fileOf(text, `00${index}0.sql`)));
  return objects.map(({ kind, schema_name, object_name }) => `${kind} ${schema_name}.${object_name}`).sort();
}

describe('a migration is expected to leave what it makes', () => {
  test.each([
    ['create table s.t (a int)', 'table s.t'],
    ['create table if not exists s."Odd ""T" (a int)', 'table s.Odd "T'],
    ['create unlogged table s.t (a int) partition by list (a)', 'table s.t'],
    ['create table s.t as select 1', 'table s.t'],
    ['select 1 as a into s.t', 'table s.t'],
    ['create or replace view s.v as select 1', 'view s.v'],
    ['create materialized view s.m as select 1', 'materialised view s.m'],
    ['create sequence s.q', 'sequence s.q'],
    ["create type s.e as enum ('a')", 'type s.e'],
    ['create type s.c as (a int)', 'type s.c'],
    ['create type s.r as range (subtype = int4)', 'type s.r'],
    ['create domain s.d as int', 'type s.d'],
    ['create function s.f() returns int return 1', 'function s.f'],
    ["create procedure s.p() language sql as ''", 'function s.p'],
  ])('%s', async (sql, object) => {
    expect(await leftBy(sql)).toEqual([object]);
  });

  test.each([
    'create temp table t (a int)',
    'create index on s.t (a)',
    'alter table s.t add b int',
    "comment on table s.t is 'x'",
    'insert into s.t values (1)',
    'create table without_a_schema (a int)',
  ])('but not by %s', async (sql) => {
    expect(await leftBy(sql)).toEqual([]);
  });
});

describe('what a later statement, or a later file, takes back is not expected', () => {
  const table = 'create table s.t (a int)';

  test.each([
    ['DROP TABLE', [table, 'drop table s.t'], []],
    [
      'DROP of several',
      [`${table}; create table s.u (a int); create table s.v ()`, 'drop table s.t, s.v'],
      ['table s.u'],
    ],
    ['DROP and a new one', [table, 'drop table s.t; create view s.t as select 1'], ['view s.t']],
    [
      'DROP FUNCTION, with its signature',
      ['create function s.f(a int) returns int return 1', 'drop function s.f(int)'],
      [],
    ],
    ['DROP PROCEDURE', ["create procedure s.p() language sql as ''", 'drop procedure s.p'], []],
    ['DROP ROUTINE', ['create function s.f() returns int return 1', 'drop routine s.f'], []],
    ['DROP TYPE', ["create type s.e as enum ('a')", 'drop type s.e'], []],
    ['DROP DOMAIN', ['create domain s.d as int', 'drop domain s.d'], []],
    ['DROP of another schema’s', [table, 'drop table if exists other.t'], ['table s.t']],
    ['RENAME', [table, 'alter table s.t rename to u'], ['table s.u']],
    ['RENAME of a column', [table, 'alter table s.t rename a to b'], ['table s.t']],
    ['RENAME of a constraint', [table, 'alter table s.t rename constraint a to b'], ['table s.t']],
    [
      'RENAME of a function',
      ['create function s.f() returns int return 1', 'alter function s.f() rename to g'],
      ['function s.g'],
    ],
    ['RENAME of a type', ["create type s.e as enum ('a')", 'alter type s.e rename to f'], ['type s.f']],
    ['ALTER TABLE of a view', ['create view s.v as select 1', 'alter table s.v rename to w'], ['view s.w']],
    ['SET SCHEMA', [table, 'alter table s.t set schema other'], ['table other.t']],
    [
      'SET SCHEMA of a function',
      ['create function s.f() returns int return 1', 'alter function s.f set schema o'],
      ['function o.f'],
    ],
    ['SET SCHEMA of a view', ['create view s.v as select 1', 'alter view s.v set schema o'], ['view o.v']],
    ['a chain of them', [table, 'alter table s.t rename to u; alter table s.u set schema o', 'drop table o.u'], []],
  ])('%s', async (_what, files, left) => {
    expect(await leftBy(...files)).toEqual(left);
  });

  test('the file that last made or renamed it is the one that answers for it', async () => {
    const files = [fileOf(table, 'a.sql'), fileOf('alter table s.t rename to u', 'b.sql')];
    expect(await expectedObjects(files)).toMatchObject([{ object_name: 'u', file: 'b.sql' }]);
  });

  test('what does not parse is left to the server', async () => {
    expect(await leftBy('create tabel s.t ()', table)).toEqual(['table s.t']);
  });
});

describe('a migration may neither end its transaction nor leave its role', () => {
  test.each(['begin', 'commit', 'rollback', 'savepoint a', 'start transaction', 'end', "prepare transaction 'x'"])(
    '%s is refused where it stands',
    async (statement) => {
      await expect(leftBy(`create table s.t ();\n  ${statement};`)).rejects.toMatchObject({
        code: 'SQL_FAILED',
        location: { file: '0000.sql', line: 2, column: 3 },
        message: expect.stringContaining('runs in a transaction that Drydock begins and commits'),
      });
    },
  );

  test.each([
    'set role postgres',
    'reset role',
    'set local role none',
    'set session authorization x',
    'reset session authorization',
  ])('%s is refused where it stands', async (statement) => {
    await expect(leftBy(`-- x\n${statement}`)).rejects.toMatchObject({
      location: { line: 2, column: 1 },
      message: expect.stringContaining('may not change its role'),
    });
  });

  test('other settings are its own business', async () => {
    expect(await leftBy("set local statement_timeout = '1s'; reset all")).toEqual([]);
  });
});
