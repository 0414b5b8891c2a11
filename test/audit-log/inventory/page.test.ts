import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDestination, writeAudit, type Audit } from '../../../audit-log/inventory/index.ts';
import { sha256 } from '../../../ops/evidence.ts';
import { inventoryDefaults } from '../../../ops/config/index.ts';
import { audit, Databases, foreignSchema } from './support.ts';

let databases: Databases;
let folder: string;
beforeAll(async () => {
  databases = await Databases.start();
  folder = await mkdtemp(join(tmpdir(), 'drydock-page-'));
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function pageOf(taken: Audit, name: string): Promise<string> {
  const { report_html: file } = await writeAudit(
    taken,
    await openDestination(name, { cwd: folder, endpoint: undefined }),
  );
  return readFile(file, 'utf8');
}

describe('the page of an audit', () => {
  test('shows seeds, versioning, coverage and a diagram per schema, and asks no network', async () => {
    const seeds = { 'public.version_family': { exact: 3 }, 'public.version': { atLeast: 9 } };
    const settings = { ...inventoryDefaults, seeds };
    const page = await pageOf(await audit(await databases.create(foreignSchema), { settings }), 'whole');
    expect(page).toContain('<span class="chip no-go">short</span></td><td>public.version</td><td>at least 9</td>');
    expect(page).toContain('<td>families with multiple active versions</td><td><span class="chip no-go">1</span>');
    expect(page).toMatch(/<td>all four<\/td><td class="number">1 of 7<\/td>/);
    expect([...page.matchAll(/aria-label="Tables and foreign keys of ([^"]+)"/g)].map(([, schema]) => schema)).toEqual([
      'Mixed Case',
      'public',
    ]);
    expect(page).toContain('Note (Order Id, Order Line) → Order (Id, Line No), on delete cascade');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|@import|url\(|src=/);
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('runs nothing that a name, a comment or a default brings along', async () => {
    const evil = '<img src=x onerror=alert(1)></script><script>';
    const target = await databases.create(`
      create table public."${evil}" (id integer primary key, "${evil}" text default '${evil}', up integer references public."${evil}");
      comment on table public."${evil}" is '${evil}';`);
    const page = await pageOf(await audit(target), 'evil');
    expect(page).not.toContain('<img');
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('draws a table that refers to itself, keys in a circle, and no diagram where nothing hangs together', async () => {
    const target = await databases.create(`
      create table public.a (id integer primary key, up integer references public.a, b integer);
      create table public.b (id integer primary key, a integer references public.a);
      alter table public.a add foreign key (b) references public.b;`);
    const page = await pageOf(await audit(target), 'circle');
    expect(page).toContain('<title>a (up) → a (id), on delete no action</title>');
    expect(page).toContain('<title>a (b) → b (id), on delete no action</title>');
    const lonely = await databases.create('create table public.c (id integer)');
    expect(await pageOf(await audit(lonely), 'lonely')).not.toContain('<svg');
  });

  test('of a database with nothing in it is a page', async () => {
    expect(await pageOf(await audit(await databases.create('select 1')), 'empty')).toContain('<b>0</b>');
  });
});

describe('the files of an audit', () => {
  test('replace a structure that a crash cut short, and leave no part of one', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    const write = async () => writeAudit(taken, await openDestination('torn', { cwd: folder, endpoint: undefined }));
    const { structure_json: file, ...others } = await write();
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, 100));
    await Promise.all(Object.values(others).map((other) => rm(other)));
    await write();
    expect(await readFile(file)).toEqual(whole);
    expect(await readdir(dirname(file))).toEqual([basename(file)]);
  });

  test('are all named in the marker with their sha256', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    const { complete } = await writeAudit(taken, await openDestination('marked', { cwd: folder, endpoint: undefined }));
    const { files } = JSON.parse(await readFile(complete, 'utf8')) as { files: { name: string; sha256: string }[] };
    expect(files.map(({ name }) => name.replace(/\d{8}_\d{6}|[0-9a-f]{64}/, 'X'))).toEqual([
      'database_audits/structures/X.json',
      'database_audits/audit_X.json',
      'database_audits/tables_summary_X.csv',
      'database_audits/report_X.html',
    ]);
    for (const file of files) expect(sha256(await readFile(join(folder, 'marked', file.name)))).toBe(file.sha256);
  });

  test('leave no part of one that the disk had no room for, and let alone what was there', async () => {
    const destination = await openDestination('full', { cwd: folder, endpoint: undefined });
    const cutShort = function* () {
      yield Buffer.alloc(100_000);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    for (const how of ['create', 'keep'] as const)
      await expect(destination[how](`${how}.json`, cutShort(), '')).rejects.toThrow('ENOSPC');
    await destination.create('there.json', Buffer.from('first'), '');
    await expect(destination.create('there.json', Buffer.from('second'), '')).rejects.toThrow('EEXIST');
    expect(await readdir(join(folder, 'full'))).toEqual(['there.json']);
    expect(await readFile(join(folder, 'full/there.json'), 'utf8')).toBe('first');
  });

  test('are refused by name where a file is in the place of their folder', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    await writeFile(join(folder, 'a-file'), '');
    const destination = await openDestination('a-file', { cwd: folder, endpoint: undefined });
    await expect(writeAudit(taken, destination)).rejects.toMatchObject({
      code: 'INVENTORY_WRITE',
      message: expect.stringMatching(/ENOTDIR\.$/),
      hint: expect.stringContaining('--out'),
    });
  });

  test('have no marker when one of them could not be written', async () => {
    const now = () => new Date('2026-03-01T10:20:30Z');
    const taken = await audit(await databases.create(foreignSchema), { now });
    const destination = await openDestination('half', { cwd: folder, endpoint: undefined });
    await destination.create('database_audits/tables_summary_20260301_102030.csv', Buffer.from('in the way'), '');
    await expect(writeAudit(taken, destination)).rejects.toMatchObject({ code: 'INVENTORY_WRITE' });
    const names = await readdir(join(folder, 'half/database_audits'));
    expect(names).toContain('audit_20260301_102030.json');
    expect(names.filter((name) => name.startsWith('complete_'))).toEqual([]);
  });
});
