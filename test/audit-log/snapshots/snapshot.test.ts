import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { estimateSnapshot, removeExpired, takeSnapshot } from '../../../audit-log/snapshots/index.ts';
import { sha256 } from '../../../ops/evidence.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import { rowsOfCsv } from '../../../ops/csv.ts';
import { Databases } from '../inventory/support.ts';
import { reader, shop, Snapshots } from './support.ts';

let databases: Databases;
let snapshots: Snapshots;
let target: Target;
let login: Target;
beforeAll(async () => {
  databases = await Databases.start();
  snapshots = await Snapshots.start();
  target = await databases.create(shop);
  login = await databases.login(target, reader);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await snapshots[Symbol.asyncDispose]();
});

const orders = `
seeds: [{ table: company, where: 'id in (1, 2)', columns: all }]
follow: { children: [Order, "two columns", visit], depth: 2 }
tables: { '"Mixed Case".Order': { columns: all } }
`.replace('\'"Mixed Case".Order\'', "'Mixed Case.Order'");

describe('a snapshot', () => {
  test('follows references down and up, over composite keys, circles and partitions, until nothing points outside', async () => {
    const { manifest, table, file } = await snapshots.take(login, orders);
    expect(manifest.tables.map(({ schema, table: name, reach, rows }) => [`${schema}.${name}`, reach, rows])).toEqual([
      ['Mixed Case.Item', 'child', 2],
      ['Mixed Case.Order', 'child', 6],
      ['public.company', 'seed', expect.any(Number)],
      ['public.person', 'parent', expect.any(Number)],
      ['public.visit', 'child', 4],
    ]);
    expect(manifest.closure).toContainEqual({
      constraint: 'two columns',
      child: 'Mixed Case.Item',
      parent: 'Mixed Case.Order',
      references: expect.any(Number),
      dangling: 0,
    });
    expect(manifest.closure.map(({ dangling }) => dangling)).toEqual(manifest.closure.map(() => 0));
    const people = rowsOfCsv(await file('public.person.csv'));
    const known = new Set(people.map(({ id }) => id));
    expect(people.every(({ boss }) => boss === '' || known.has(boss))).toBe(true);
    expect(Object.keys(people[0]!)).toEqual(['id', 'boss', 'company_id']);
    expect(table('Mixed Case.Order')!.indexes).toHaveLength(2);
    expect(table('public.company')).toMatchObject({ key: ['id'], first_keys: expect.arrayContaining([['1'], ['2']]) });
    expect(await file('fk_map.tsv')).toContain(
      'two columns\tMixed Case.Item\tOrder Id,Order Line\tMixed Case.Order\tId,Line\tnot indexed\tvalidated\tnot deferrable\n',
    );
  });

  test('keeps NULL and the empty text apart, and quotes what needs it', async () => {
    const { file } = await snapshots.take(
      login,
      "seeds: [{ table: 'Mixed Case.Order', columns: all, where: '\"Id\" <= 3' }]\nfollow: { parents: false }",
    );
    expect(await file('Mixed%20Case.Order.csv')).toBe(
      'Id,Line,company_id,note\n1,1,2,""\n1,2,2,""\n2,1,3,"x,""y""\nz"\n2,2,3,"x,""y""\nz"\n3,1,4,\n3,2,4,\n',
    );
  });

  test('is the same bytes twice, with one session and with three', async () => {
    const one = await snapshots.take(login, orders);
    const three = await snapshots.take(login, orders, { sessions: 3 });
    const files = (taken: typeof one) =>
      taken.manifest.tables.map(({ file, sha256: hash, rows }) => ({ file, hash, rows }));
    expect(files(three)).toEqual(files(one));
    expect(three.manifest.receipts).toHaveLength(3);
    expect(new Set(three.manifest.receipts.map(({ snapshot }) => snapshot)).size).toBe(1);
    for (const { file, sha256: hash } of one.manifest.tables) {
      expect(sha256(await readFile(join(one.folder, file)))).toBe(hash);
    }
  });

  test('cuts a large table for its sessions, and puts the pieces in order', async () => {
    const large = await databases.create(`
      create table public.large (id bigint primary key, body text);
      insert into public.large select n * 3, 'row ' || n from generate_series(1, 60000) as n;
      analyze;`);
    const plan = 'seeds: [{ table: large, columns: all }]';
    const [one, two] = [await snapshots.take(large, plan), await snapshots.take(large, plan, { sessions: 2 })];
    expect(two.manifest.statements.filter(({ what }) => what === 'export of public.large').length).toBeGreaterThan(5);
    expect(two.table('public.large')).toEqual(one.table('public.large'));
    expect(two.table('public.large')).toMatchObject({ rows: 60000 });
  });

  test('holds no dangling reference while somebody writes', async () => {
    const busy = await databases.create(shop);
    const stop = new AbortController();
    const writing = write(busy, stop.signal);
    for (let round = 0; round < 5; round += 1) {
      const { manifest, file } = await snapshots.take(
        busy,
        'seeds: [{ table: loose, columns: all }, { table: company }]\nfollow: { children: true, depth: 3 }',
        { sessions: 2 },
      );
      expect(new Set(manifest.receipts.map(({ snapshot }) => snapshot)).size).toBe(1);
      expect(manifest.closure.reduce((sum, { dangling }) => sum + dangling, 0)).toBe(0);
      const ids = new Set(rowsOfCsv(await file('public.company.csv')).map(({ id }) => id));
      const visits = rowsOfCsv(await file('public.visit.csv'));
      expect(visits.length).toBeGreaterThan(0);
      expect(visits.filter(({ company_id }) => !ids.has(company_id))).toEqual([]);
    }
    stop.abort();
    expect(await writing).toBeGreaterThan(0);
  });

  test('counts a reference that points at nothing in the database itself', async () => {
    const orphans = await databases.create(`
      create table public.parent (id integer primary key);
      create table public.child (id integer primary key, parent_id integer);
      insert into public.parent values (1);
      insert into public.child values (1, 1), (2, 7), (3, null);
      alter table public.child add constraint late foreign key (parent_id) references public.parent not valid;`);
    const { manifest, file } = await snapshots.take(orphans, 'seeds: [{ table: child, columns: all }]');
    expect(manifest.closure).toEqual([
      { constraint: 'late', child: 'public.child', parent: 'public.parent', references: 2, dangling: 1 },
    ]);
    expect(await file('manifest.txt')).toContain('\ndangling_references: 1\n');
    expect(await file('session_report.md')).toContain('References that point outside the snapshot: 1.');
  });

  test('says what was absent, what was cut, and how far it could not see', async () => {
    const { manifest, file } = await snapshots.take(
      login,
      `seeds: [{ table: company, where: id = 1 }, { table: gone }]
follow: { children: true, rowsPerEdge: 1 }`,
    );
    expect(manifest.absent).toEqual(['public.gone']);
    expect(manifest.cuts).toContainEqual({
      where: 'public.visit by visit_company_id_fkey',
      reason: 'more than 1 rows; the first by key were taken',
    });
    expect(manifest.cuts).toContainEqual({ where: 'public.loose', reason: 'it has no key that tells its rows apart' });
    const report = await file('session_report.md');
    expect(report).toContain('- public.gone is not in the database');
    expect(report).toContain('transaction id never assigned');
  });

  test('states every statement, the role and the server', async () => {
    const { manifest, file } = await snapshots.take(login, orders);
    expect(manifest.role).toMatchObject({ is_superuser: false, writable_tables: 0, may_create_schemas: false });
    expect(manifest.server).toMatchObject({
      position: 'primary',
      lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    });
    const statement = manifest.statements.find(({ what }) => what === 'export of Mixed Case.Order')!;
    expect(statement).toMatchObject({ rows: 6, messages: 1 });
    expect(statement.sql).toContain('unnest(:keys_1::text[]::bigint[], :keys_2::text[]::integer[])');
    expect(await file('manifest.txt')).toMatch(/writes: none, 1 transactions read only and without a transaction id/);
    expect(await file('manifest.txt')).toMatch(/commit_sha: a{40}\n/);
  });

  test('finds the newest value and the filter for next time, within the window', async () => {
    const plan = `
window: { start: '2026-01-01 00:00:00+00', end: '2026-01-10 00:00:00+00' }
seeds: [{ table: visit, where: day >= WINDOW_START_SQL and day < WINDOW_END_SQL }]
follow: { parents: false }
watermark: { table: visit, column: day }`;
    const { manifest, file } = await snapshots.take(login, plan);
    expect(await file('max_visit_day.txt')).toBe('2026-01-09\n');
    expect(manifest.watermark?.future_filter).toBe(`"day" > '2026-01-09'::date`);
    expect(manifest.tables[0]).toMatchObject({ rows: 9 });
    expect(manifest.statements[0]!.sql).toContain("'2026-01-01 00:00:00+00'::timestamptz");
  });

  test('masks columns, the same way with the same salt, and keeps the salt out of every file', async () => {
    const plan = `
seeds: [{ table: company, columns: [id, name, email], mask: { email: hash, name: 'null' }, where: id < 4 }]
follow: { parents: false }
maskSaltFrom: SALT`;
    const maskSalt = 'a-salt-that-nobody-knows';
    const [first, second] = [
      await snapshots.take(login, plan, { maskSalt }),
      await snapshots.take(login, plan, { maskSalt }),
    ];
    const text = await first.file('public.company.csv');
    expect(text).toBe(await second.file('public.company.csv'));
    expect(text).toContain(`\n1,,${sha256(`${maskSalt}c1@example.org`)}\n`);
    for (const name of await readdir(first.folder)) expect(await first.file(name)).not.toContain(maskSalt);
    for (const [none, why] of [
      [undefined, 'SALT, which is to hold the salt, is not set'],
      ['fifteen letters', 'the salt in SALT is shorter'],
    ] as const) {
      const refused = { code: 'SNAPSHOT_SALT', message: expect.stringContaining(why) };
      await expect(snapshots.take(login, plan, { maskSalt: none })).rejects.toMatchObject(refused);
    }
  });

  test('takes no more rows along a reference than it may, at all depths together', async () => {
    const plan = `
seeds: [{ table: person, where: id = 1 }]
follow: { parents: false, children: [person_boss_fkey], depth: 5, rowsPerEdge: 3 }`;
    const { manifest } = await snapshots.take(login, plan);
    expect(manifest.tables.map(({ table, rows }) => [table, rows])).toEqual([['person', 4]]);
    expect(manifest.cuts[0]).toMatchObject({ where: 'public.person by person_boss_fkey' });
  });

  test('has one budget of rows for all of its tables', async () => {
    const plan = (rows: number) => `
seeds: [{ table: company }, { table: visit }]
follow: { parents: false }
limits: { rows: ${rows} }`;
    await expect(snapshots.take(login, plan(89))).rejects.toMatchObject({ code: 'SNAPSHOT_BUDGET' });
    expect((await snapshots.take(login, plan(90))).manifest.tables.map(({ rows }) => rows)).toEqual([30, 60]);
  });

  test.each(['id', 'founder'])('masks nothing that identifies or links rows: %s', async (column) => {
    const plan = `seeds: [{ table: company, columns: [${column}], mask: { ${column}: 'null' } }]`;
    await expect(snapshots.take(login, plan)).rejects.toMatchObject({
      code: 'SNAPSHOT_REFUSED',
      message: expect.stringContaining('identifies or links rows, and cannot be masked'),
    });
  });

  test('does not export what the role may not read, and says row-level security where it hid rows', async () => {
    const partly = await databases.login(
      target,
      `grant usage on schema public to :role; grant select (id, name) on public.company to :role; grant select on public.visit to :role;
       alter table public.visit enable row level security;
       create policy early on public.visit to :role using (id <= 3);`,
    );
    const hidden = 'seeds: [{ table: company, columns: [email] }]\nfollow: { parents: false }';
    await expect(snapshots.take(partly, hidden)).rejects.toThrow('public.company.email may not be read by this role');
    const { table, file } = await snapshots.take(
      partly,
      'seeds: [{ table: company, columns: all, limit: 3 }, { table: visit, columns: all }]\nfollow: { parents: false }',
    );
    expect((await file('public.company.csv')).split('\n')[0]).toBe('id,name');
    expect(table('public.visit')).toMatchObject({ rows: 3, rows_hidden: true });
    expect(await file('session_report.md')).toContain('its limit of 3 rows was reached');
  });

  test('says what the server refused, as an answer to the plan, and leaves nothing', async () => {
    const nobody = await databases.login(target, '');
    for (const [as, where, said, hint] of [
      [nobody, 'true', 'permission denied', 'may read it'],
      [login, 'nowhere = 1', 'column "nowhere" does not exist (42703)', 'double quotes'],
      [login, "id > 'x'", '22P02', 'Correct the condition'],
    ] as const) {
      const order = await snapshots.order(as, JSON.stringify({ seeds: [{ table: 'company', where }] }));
      await expect(takeSnapshot(order)).rejects.toMatchObject({
        code: 'SNAPSHOT_QUERY',
        message: expect.stringContaining(said),
        hint: expect.stringContaining(hint),
      });
      expect((await readdir(order.place)).filter((name) => name !== '.gitignore')).toEqual([]);
    }
  });

  test('names what it was to follow and what is not there', async () => {
    const { manifest } = await snapshots.take(
      login,
      'seeds: [{ table: company }]\nfollow: { children: [Visit, visit], edges: { no_such_fkey: { skip: true } } }',
    );
    expect(manifest.absent).toEqual(['Visit', 'no_such_fkey']);
    expect(manifest.tables.map(({ table }) => table)).toContain('visit');
  });

  test('estimates no more rows than the limit of a seed', async () => {
    const order = await snapshots.order(login, 'seeds: [{ table: company, limit: 5 }]');
    expect((await estimateSnapshot(order)).seeds).toMatchObject([{ rows: 5 }]);
  });

  test('says that the rows of a limited seed without a key are any', async () => {
    const { manifest } = await snapshots.take(
      login,
      'seeds: [{ table: loose, columns: all, limit: 2 }]\nfollow: { parents: false }',
    );
    expect(manifest.cuts).toMatchObject([{ reason: expect.stringContaining('it has no key') }]);
  });

  test('estimates without reading a row', async () => {
    const order = await snapshots.order(login, orders);
    const { seeds, absent } = await estimateSnapshot(order);
    expect(seeds).toEqual([{ table: 'public.company', rows: 2, cost: expect.any(Number) }]);
    expect(absent).toEqual([]);
    await expect(readdir(order.place)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('lies in a folder of its owner alone, unseen by git, and goes when its time is over', async () => {
    const order = await snapshots.order(login, `${orders}\nretention: 7d`);
    const { folder } = await takeSnapshot(order);
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
    expect(await readFile(join(order.place, '.gitignore'), 'utf8')).toBe('*\n');
    await expect(takeSnapshot(order)).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE' });
    expect(await removeExpired(order.place, new Date('2026-11-28T07:00:00Z'))).toEqual([]);
    expect(await removeExpired(order.place, new Date('2026-11-28T08:00:01Z'))).toEqual([folder]);
  });

  test('ends with what aborted it, and leaves nothing', async () => {
    const stopping = new AbortController();
    const order = await snapshots.order(login, orders, { signal: stopping.signal });
    stopping.abort(new Error('stop'));
    await expect(takeSnapshot(order)).rejects.toThrow('stop');
    expect(await readdir(order.place)).toEqual(['.gitignore']);
  });
});

/** Adds companies with visits, and takes others away, until it is told to stop. @returns how often */
async function write(where: Target, signal: AbortSignal): Promise<number> {
  await using session = await Session.open(where);
  let rounds = 0;
  while (!signal.aborted) {
    const id = 1000 + rounds;
    await session.script(`begin;
      insert into public.company (id, name) values (${id}, 'new');
      insert into public.visit values (${id}, '2026-02-01', ${id});
      delete from public.visit where id = ${id - 5};
      delete from public.company where id = ${id - 5} and id >= 1000;
      commit;`);
    rounds += 1;
  }
  return rounds;
}
