import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { oneStatement, readSqlFile, readSqlFolder, requireHeader, sectionsOf } from '../../../ops/postgres/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'drydock-sql-'));
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(text: string, name = 'some.sql') {
  await writeFile(join(folder, name), text);
  return readSqlFile(folder, join(folder, name));
}

describe('the header of an SQL file', () => {
  test('is its "-- key: value" lines; a line indented under its key continues it', async () => {
    const { header } = await fileOf(
      [
        '-- title: Orders: what they are',
        '-- why: a long reason',
        '--      goes on here',
        '-- as: shop_service',
        '',
        'select 1',
      ].join('\n'),
    );
    expect(header).toEqual({
      title: 'Orders: what they are',
      why: 'a long reason goes on here',
      as: 'shop_service',
    });
  });

  test('ends with the first line that is no comment', async () => {
    const { header } = await fileOf('-- title: Orders\nselect 1\n-- as: nobody\n');
    expect(header).toEqual({ title: 'Orders' });
  });

  test('is read past other comments', async () => {
    const { header } = await fileOf('-- Written by hand\n--\n-- title: Orders\n');
    expect(header).toEqual({ title: 'Orders' });
  });

  test.each(['\r\n', '\n'])('is the same with the line ends of any system: %j', async (end) => {
    const { header } = await fileOf(['-- title: Orders', '-- why: none', '--   at all', '', 'select 1'].join(end));
    expect(header).toEqual({ title: 'Orders', why: 'none at all' });
  });

  test('is found behind the byte order mark that some editors write', async () => {
    const { header, text } = await fileOf('\ufeff-- title: Orders\nselect 1');
    expect(header).toEqual({ title: 'Orders' });
    expect(text).toBe('-- title: Orders\nselect 1');
  });

  test('a key that is needed and missing, or empty, is an error that names file and key', async () => {
    const file = await fileOf('-- title:\nselect 1', 'bare.sql');
    for (const key of ['title', 'as']) {
      expect(() => requireHeader(file, key)).toThrow(`bare.sql has no "-- ${key}:" line in its header.`);
    }
  });
});

describe('the sections of an SQL file', () => {
  test('stand below their marks, each with its offset in the file', async () => {
    const file = await fileOf(
      '-- title: x\n\n-- drydock: todo\nselect 1;\n\n-- drydock: change  \nupdate t set a = 1;\n',
    );
    const sections = sectionsOf(file);
    expect(Object.keys(sections)).toEqual(['todo', 'change']);
    expect(sections['todo']!.text.trim()).toBe('select 1;');
    expect(sections['change']!.text.trim()).toBe('update t set a = 1;');
    for (const { text, start } of Object.values(sections)) expect(file.text.startsWith(text, start)).toBe(true);
  });

  test('are found in files of Windows too', async () => {
    const sections = sectionsOf(await fileOf('-- drydock: todo\r\nselect 1;\r\n-- drydock: change\r\nselect 2;\r\n'));
    expect(Object.values(sections).map(({ text }) => text.trim())).toEqual(['select 1;', 'select 2;']);
  });

  test('a mark in the middle of a line, or with more words, is a comment', async () => {
    expect(sectionsOf(await fileOf('select 1; -- drydock: todo\n-- drydock: rows 3\n'))).toEqual({});
  });
});

describe('the one statement of a file', () => {
  test.each([
    ['-- title: x\n\nselect 1;', 'select 1'],
    ["  select ';' ;\n\n", "select ';' "],
    ['select 1', 'select 1'],
    ['select 1; -- the one;', 'select 1'],
    ["/* a /* b; */ ; */ select '--;' ;/* c; */\n-- d;\n", "select '--;' "],
  ])('of %j is %j, and stands where it says', async (text, statement) => {
    const found = await oneStatement(await fileOf(text));
    expect(found.text).toBe(statement);
    expect(text.slice(found.start)).toMatch(new RegExp(`^${RegExp.escape(statement)}`));
  });

  test('a second one is refused where it stands, and so is none', async () => {
    await expect(oneStatement(await fileOf('select 1;\n  drop table t;', 'two.sql'))).rejects.toMatchObject({
      code: 'SQL_FAILED',
      message: 'two.sql:2:3: this file holds a second statement; it may hold one',
    });
    await expect(oneStatement(await fileOf('-- title: none\n', 'none.sql'))).rejects.toMatchObject({
      message: 'none.sql:1:1: there is no statement in this file',
    });
  });
});

test('a folder is read in order of name, SQL files only', async () => {
  const place = await mkdtemp(join(folder, 'list-'));
  for (const name of ['0100_c.sql', '0020_b.sql', '0010_a.sql', 'notes.md', '0030_d.sql~']) {
    await writeFile(join(place, name), 'select 1');
  }
  const files = await readSqlFolder(folder, place);
  expect(files.map(({ name }) => name)).toEqual(['0010_a', '0020_b', '0100_c']);
  expect(files[0]!.path).toMatch(/^list-\w+\/0010_a\.sql$/);
});

test('what cannot be read is named', async () => {
  await expect(readSqlFolder(folder, join(folder, 'nowhere'))).rejects.toMatchObject({
    code: 'SQL_FOLDER_MISSING',
    message: 'There is no folder nowhere.',
  });
  await expect(readSqlFile(folder, join(folder, 'gone.sql'))).rejects.toMatchObject({
    code: 'SQL_FILE_UNREADABLE',
    message: expect.stringMatching(/gone\.sql: ENOENT\.$/),
  });
});
