import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DuckDb, duckText } from '../../../audit-log/duckdb.ts';
import { compareSnapshots } from '../../../audit-log/snapshots/index.ts';
import { sha256 } from '../../../ops/evidence.ts';
import type { Target } from '../../../ops/postgres/index.ts';
import { Databases } from '../inventory/support.ts';
import { Snapshots } from './support.ts';

const schema = `
create table public.thing (
    id bigint primary key, name text, price numeric(12,2), free numeric, ratio double precision, flag boolean, mark uuid,
    day date, at timestamptz, body jsonb, odd timestamptz
);
insert into public.thing
select n, case when n % 3 = 0 then null when n % 3 = 1 then '' else 'a,"b"' || chr(10) || 'c' end, n / 7.0, 1 / 3.0, 0.1 * n, n % 2 = 0,
    md5(n::text)::uuid, '2026-01-01'::date + n % 300, '2026-01-01 00:00Z'::timestamptz + n * interval '1.000001 s', '{"n": 1}',
    case when n = 7 then '0044-03-15 00:00Z BC'::timestamptz end
from generate_series(1, 70000) as n;
create table public.wide (id integer primary key, body text);
insert into public.wide values (1, repeat('x', 9000000)), (2, 'short');
analyze;
`;
const plan = 'seeds: [{ table: thing, columns: all }, { table: wide, columns: all }]';
const zstd = { output: { zstd: true, parquet: false } };

let databases: Databases;
let snapshots: Snapshots;
let target: Target;
beforeAll(async () => {
  databases = await Databases.start();
  snapshots = await Snapshots.start();
  target = await databases.create(schema);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await snapshots[Symbol.asyncDispose]();
});

describe('a snapshot compressed with zstd', () => {
  test('holds the same rows, in the same bytes for any number of sessions', async () => {
    const plain = await snapshots.take(target, plan);
    const one = await snapshots.take(target, plan, zstd);
    const two = await snapshots.take(target, plan, { ...zstd, sessions: 2 });
    for (const [at, name] of ['public.thing.csv.zst', 'public.wide.csv.zst'].entries()) {
      const packed = await readFile(join(one.folder, name));
      const rows = await readFile(join(plain.folder, name.replace('.zst', '')));
      expect(zstdDecompressSync(packed).equals(rows)).toBe(true);
      expect(one.manifest.tables[at]).toMatchObject({ file: name, sha256: sha256(packed), bytes: packed.length });
      expect(two.manifest.tables[at]!.sha256).toBe(one.manifest.tables[at]!.sha256);
      expect((await stat(join(one.folder, name))).mode & 0o777).toBe(0o600);
    }
    expect(one.table('public.thing')!.bytes).toBeLessThan(plain.table('public.thing')!.bytes / 2);
  });

  test('is compared with one that is not, rows of any length as well', async () => {
    const [before, after] = [await snapshots.take(target, plan), await snapshots.take(target, plan, zstd)];
    const { verdict, tables } = await compareSnapshots({
      before: before.folder,
      after: after.folder,
      rules: { keys: new Map(), ignore: new Set(), tolerance: new Map() },
      signals: undefined,
      spill: snapshots.folder.path,
      commitsBetween: async () => [],
    });
    expect(verdict).toBe('go');
    expect(tables.map(({ rows }) => rows.after)).toEqual([70000, 2]);
  });
});

describe('a disk that takes no more', () => {
  test.each(['plain', 'zstd'])('ends the export with an error that names the file (%s)', async (form) => {
    const path = join(snapshots.folder.path, `full-${form}.csv`);
    const args = ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, join(import.meta.dirname, 'full-disk.ts')];
    const { stdout } = await execa('bash', [...args, path, form]);
    expect(stdout).toBe(`SNAPSHOT_WRITE Cannot write ${path}: EFBIG.`);
  });
});

describe('a Parquet file beside the CSV', () => {
  test('has types where they hold every value exactly, and says where it has texts', async () => {
    const { folder, table, manifest } = await snapshots.take(target, plan, { output: { zstd: true, parquet: true } });
    const { parquet } = table('public.thing')!;
    expect(parquet).toMatchObject({ file: 'public.thing.parquet', as_text: ['name', 'free', 'body', 'odd'] });
    expect(sha256(await readFile(join(folder, parquet!.file)))).toBe(parquet!.sha256);
    await using duck = await DuckDb.open({ folders: [folder] });
    const source = `read_parquet(${duckText(join(folder, parquet!.file))})`;
    const described = await duck.rows<{ column_name: string; column_type: string }>(`describe from ${source}`);
    expect(Object.fromEntries(described.map(({ column_name: name, column_type: type }) => [name, type]))).toEqual({
      id: 'BIGINT',
      name: 'VARCHAR',
      price: 'DECIMAL(12,2)',
      free: 'VARCHAR',
      ratio: 'DOUBLE',
      flag: 'BOOLEAN',
      mark: 'UUID',
      day: 'DATE',
      at: 'TIMESTAMP WITH TIME ZONE',
      body: 'VARCHAR',
      odd: 'VARCHAR',
    });
    const [counts] = await duck.rows(
      `select count(*) as rows, count(name) as named, count(*) filter (where name = '') as empty, sum(price) as price,
        max("at")::varchar as newest, count(odd) as odd from ${source}`,
    );
    expect(counts).toEqual({
      rows: '70000',
      named: '46667',
      empty: '23334',
      price: '350005000.00',
      newest: expect.stringContaining('2026-01-01 19:26:40.07'),
      odd: '1',
    });
    expect(manifest.tables.map(({ file }) => file)).toEqual(['public.thing.csv.zst', 'public.wide.csv.zst']);
    expect(await readdir(folder)).toContain('public.wide.parquet');
  });
});

describe('columns that differ in case only', () => {
  test('leave a table without Parquet and comparison, by name, and the others with both', async () => {
    const cased = await databases.create(`
      create table public.cased (id integer primary key, nr integer, "Nr" integer);
      create table public.plain (id integer primary key);
      insert into public.cased values (1, 2, 3); insert into public.plain values (1);`);
    const seeds = 'seeds: [{ table: cased, columns: all }, { table: plain, columns: all }]';
    const taken = await snapshots.take(cased, seeds, { output: { zstd: false, parquet: true } });
    expect(taken.table('public.plain')?.parquet).toBeDefined();
    expect(taken.table('public.cased')?.parquet).toBeUndefined();
    const why = 'its columns nr and Nr differ in case only';
    expect(taken.manifest.cuts).toEqual([{ where: 'public.cased', reason: `no Parquet file, because ${why}` }]);
    const { tables, verdict } = await compareSnapshots({
      ...{ before: taken.folder, after: taken.folder, spill: snapshots.folder.path, signals: undefined },
      ...{ rules: { keys: new Map(), ignore: new Set(), tolerance: new Map() }, commitsBetween: async () => [] },
    });
    expect(verdict).toBe('unproven');
    expect(tables).toMatchObject([{ not_compared: expect.stringContaining(why) }, { not_compared: null }]);
  });
});
