import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  filledIn,
  oneStatement,
  readSqlFile,
  runFile,
  runStatement,
  sectionsOf,
  SqlError,
  sqlErrorOf,
  unchanged,
  wrapped,
  type Session,
  type SqlFile,
} from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let folder: string;
let staging: Staging;
let session: Session;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-sql-'));
  staging = await Staging.start({ file: tinyFile });
  session = await staging.connect('postgres');
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function fileOf(text: string): Promise<SqlFile> {
  await writeFile(join(folder, 'f.sql'), text);
  return readSqlFile(folder, join(folder, 'f.sql'));
}

/** What running a text as a file is answered with. */
async function failureOf(text: string): Promise<SqlError> {
  const file = await fileOf(text);
  return failure(session.rolledBack(() => runFile(session, file)));
}

async function failure(work: Promise<unknown>): Promise<SqlError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SqlError);
  return error as SqlError;
}

describe('an error in a file', () => {
  test.each([
    ['after characters of several bytes', "select 'äöü€🚢🚢', nope", 1, 20],
    ['after tabs', '\t\tselect\tnope', 1, 10],
    ['in a file of Windows', 'select 1;\r\nselect 2;\r\nselect nope;\r\n', 3, 8],
    ['in the syntax, although nothing of the file ran', 'select 1;\n\nselekt 2;', 3, 1],
    ['in the third of four statements', 'select 1;\nselect 2;\n  select nope;\nselect 4', 3, 10],
    ['without a pointer, at the statement that failed', 'select 1;\n-- 🚢;\n/* ; */ select 1/0;', 3, 9],
    ['without a pointer, past semicolons in dollar quotes', 'do $x$ begin null; end; $x$;\n\nselect 1/0', 3, 1],
    ['inside a function that the file calls, at the call', `${badFunction()}select 1;\nselect pg_temp.bad();`, 5, 1],
    ['behind a byte order mark', '\ufeffselect nope', 1, 8],
    ['at its very end', 'select (1', 1, 10],
  ])('%s has the line and column of a text editor', async (_where, text, line, column) => {
    const { location, message } = await failureOf(text);
    expect(location).toEqual({ file: 'f.sql', line, column });
    expect(message).toMatch(new RegExp(`^f\\.sql:${line}:${column}: `));
  });

  test('says what Postgres said, its detail and where it was, its code and its hint', async () => {
    const text = 'create temp table t (a int primary key) on commit drop;\ninsert into t values (1), (1)';
    const error = await failureOf(text);
    expect(error.message).toBe(
      'f.sql:2:1: duplicate key value violates unique constraint "t_pkey"; Key (a)=(1) already exists. (23505)',
    );
    expect(error).toMatchObject({ code: 'SQL_FAILED', sqlstate: '23505' });
    expect((await failureOf('select lenght($$x$$)')).hint).toMatch(/No function matches the given name/);
    expect((await failureOf(`${badFunction()}select pg_temp.bad()`)).message).toContain(
      '; SQL expression "1/0" (22012)',
    );
  });

  test('shows the line with a caret below the spot, whatever the line is made of', async () => {
    expect((await failureOf("select 'äöü',\tnope")).excerpt).toBe("1 | select 'äöü',\tnope\n    \x20            \t^");
    expect((await failureOf('select 1;\r\nselect nope;\r\n')).excerpt).toBe('2 | select nope;\n           ^');
  });
});

describe('an error in a part of a file', () => {
  test('a section is counted from the top of its file', async () => {
    const file = await fileOf('-- drydock: todo\nselect 1;\n\n-- drydock: change\nselect\n   nope;\n');
    const { location } = await failure(runStatement(session, file, { section: sectionsOf(file)['change']! }));
    expect(location).toMatchObject({ line: 6, column: 4 });
  });

  test('what stands around a statement that is sent does not count', async () => {
    const file = await fileOf('-- title: 🚢\nselect 1 as a,\n  nope -- why;\n');
    const sent = wrapped(await oneStatement(file), 'select count(*) from (', ') as source');
    expect((await failure(runStatement(session, file, { sent }))).location).toMatchObject({ line: 3, column: 3 });
    const mended = await fileOf('select 1 as a -- the one;\n');
    const whole = wrapped(await oneStatement(mended), 'select count(*) from (', ') as source');
    expect((await runStatement(session, mended, { sent: whole })).rows).toEqual([{ count: 1 }]);
  });

  test.each([
    ['before the placeholder', 'select nope, :x', 1, 8],
    ['behind it', 'select :x,\n  :x, nope', 2, 7],
    ['in what was filled in', 'select 1, :x + $$a$$', 1, 11],
    ['without a pointer', '\n\nselect :x / 0', 3, 1],
  ])('%s it is where it stands in the file', async (_where, text, line, column) => {
    const file = await fileOf(text);
    const value = text.includes('$$') ? 'not_a_column' : '100000 + 1';
    const sent = filledIn({ text, start: 0 }, ':x', value);
    const { location } = await failure(runStatement(session, file, { sent }));
    expect(location).toEqual({ file: 'f.sql', line, column });
  });

  test('what is filled in is taken as it is', () => {
    const { text } = filledIn({ text: 'a :x b :x c', start: 0 }, ':x', "$& $' $$1");
    expect(text).toBe("a $& $' $$1 b $& $' $$1 c");
  });

  test('a function that runs the statement for us is seen through', async () => {
    const file = await fileOf('-- title: x\n\nselect 1,\n  nope');
    const statement = await oneStatement(file);
    const thrown = await session.rolledBack(async () => {
      await session.script(`create function pg_temp.run(text) returns void language plpgsql
        as $f$ begin execute '/* 🚢 */ select from (' || $1 || ') as x'; end $f$`);
      return session.query('select pg_temp.run($1)', [statement.text]).catch((error: unknown) => error);
    });
    const error = (await sqlErrorOf(thrown, file, unchanged(statement))) as SqlError;
    expect(error.location).toMatchObject({ line: 4, column: 3 });
  });
});

test('what is no word of the server is given back as it came', async () => {
  const file = await fileOf('select 1');
  const thrown = new TypeError('ours');
  expect(await sqlErrorOf(thrown, file)).toBe(thrown);
});

function badFunction(): string {
  return 'create function pg_temp.bad() returns int\nlanguage plpgsql as $$ begin\n return 1/0; end $$;\n';
}
