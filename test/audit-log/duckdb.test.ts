import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DuckDb, duckText } from '../../audit-log/duckdb.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';

let folder: TemporaryFolder;
let open: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  open = join(folder.path, 'open');
  await mkdir(open);
  await writeFile(join(open, 'a.csv'), 'n\n1\n');
  await writeFile(join(folder.path, 'secret.csv'), 'n\n2\n');
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('a query over files', () => {
  test('reads and writes the folders it was given, and keeps what does not fit into memory beside them', async () => {
    const spill = join(folder.path, 'spill');
    await using duck = await DuckDb.open({ folders: [open], memory: '80MB', spill });
    expect(await duck.rows(`from read_csv(${duckText(join(open, 'a.csv'))})`)).toEqual([{ n: '1' }]);
    await duck.run(`copy (select 1 as n) to ${duckText(join(open, 'b.parquet'))} (format parquet)`);
    const large = "select i::varchar || repeat('x', 100) as text from range(1500000) as r (i)";
    await duck.run(`create temp table sorted as select * from (${large}) order by text`);
    expect(await readdir(spill)).not.toEqual([]);
  });

  test.each([
    ['a file elsewhere', "from read_text('FOLDER/secret.csv')"],
    ['a file elsewhere by a way round', "from read_csv('FOLDER/open/../secret.csv')"],
    ['what files there are', "from glob('FOLDER/*.csv')"],
    ['the network', "from read_csv('https://127.0.0.1:1/a.csv')"],
    ['a database on disk', "attach 'FOLDER/x.db'"],
    ['a file to be made elsewhere', "copy (select 1) to 'FOLDER/x.csv'"],
    ['an extension', 'install httpfs'],
    ['its own settings', 'set enable_external_access = true'],
    ['more folders', "set allowed_directories = ['/']"],
  ])('does not reach %s', async (_, query) => {
    await using duck = await DuckDb.open({ folders: [open] });
    const rows = duck.rows(query.replaceAll('FOLDER', folder.path));
    const files = (await rows.catch(() => [])) as unknown[];
    expect(files).toEqual([]);
    await expect(rows).rejects.toThrow(/Permission Error|configuration has been locked/);
  });
});
