import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

let home: TemporaryFolder;
beforeAll(async () => {
  home = await temporaryFolder();
});
afterAll(() => home[Symbol.asyncDispose]());

async function linted(files: Readonly<Record<string, string>>, ...flags: string[]) {
  await using project = await TestProject.copy(home.path);
  for (const [path, text] of Object.entries(files)) await project.write(path, text);
  return await project.drydock('lint', ...flags);
}

describe('drydock lint', () => {
  test('reads the SQL of a project, and starts nothing', async () => {
    expect(await linted({})).toEqual({ code: 0, stdout: 'GO  25 statements: 0 errors, 0 warnings', stderr: '' });
    expect(await readdir(home.path)).toEqual([]);
  });

  test('says what reaches across the boundary, with file and line, and that it is no go', async () => {
    const { code, stdout } = await linted({ 'sql/desk/0020_over.sql': 'select 1;\ninsert into shop.orders select 1;' });
    expect(stdout).toContain('error sql/desk/0020_over.sql:2: ');
    expect(stdout).toMatch(/\nNO-GO  27 statements: 1 error, 0 warnings$/);
    expect(code).toBe(3);
  });

  test.each([
    ['a misspelt word', '-- ü 🚢\nselect 1;\ncreate tabel x ()', 3, 'syntax error at or near "tabel"', 'Correct the'],
    ['a command of psql', "select 1;\n\\set x 'y'\n", 2, 'syntax error at or near "\\"', 'psql’s own'],
    ['an open bracket', 'select (', 1, 'syntax error at end of input', 'Correct the'],
  ])('says where %s keeps a file from being parsed', async (_what, text, line, said, remedy) => {
    const { code, stdout } = await linted({ 'sql/shop/0020_bad.sql': text });
    expect(stdout).toContain(`error sql/shop/0020_bad.sql:${line}: ${said} (lint/parsed)`);
    expect(stdout).toContain(remedy);
    expect(code).toBe(3);
  });

  test('answers as JSON', async () => {
    const { stdout } = await linted({}, '--json');
    const { verdict, measurements } = JSON.parse(stdout) as { verdict: string; measurements: object[] };
    expect([verdict, measurements]).toMatchObject(['go', [{ examined: 25 }, { examined: 25 }, { id: 'lint/parsed' }]]);
  });

  test('counts no finding that somebody answers for', async () => {
    await using project = await TestProject.copy(home.path);
    await project.write('sql/desk/0020_over.sql', 'insert into shop.orders select 1;');
    const by = 'reason: known, owner: somebody, expires:';
    const waivers = [
      `{ finding: lint/boundary, object: 'sql/desk/0020_over.sql:1', ${by} 2099-01-01 }`,
      `{ finding: check/rls, object: desk.tickets, ${by} 2020-01-01 }`, // over, and nothing that a lint looks at
    ];
    await project.edit('drydock.yaml', 'lease:', `waivers: [${waivers.join(', ')}]\nlease:`);
    const { code, stdout } = await project.drydock('lint');
    expect(stdout).toMatch(/^waived sql\/desk[^]*\nGO  26 statements: 0 errors, 0 warnings$/);
    expect(code).toBe(0);
  });
});
