import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventoryDefaults } from '../../../ops/config/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { audit, Databases, foreignSchema, tableOf } from './support.ts';

let databases: Databases;
let folder: string;
beforeAll(async () => {
  databases = await Databases.start();
  folder = await mkdtemp(join(tmpdir(), 'drydock-seeds-'));
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('the audit fields', () => {
  test('say who, from when to when, and whether a trigger fills them', async () => {
    const taken = await audit(await databases.create(foreignSchema));
    expect(tableOf(taken, 'public.developer').audit_fields).toMatchObject({
      has_created_by: true,
      has_updated_at: true,
      has_audit_trigger: true,
      created_by_values: ['1'],
      updated_by_values: ['1', '2'],
      created_at_range: { min: '2026-01-01 00:00:00+00', max: '2026-01-01 00:00:00+00' },
    });
    expect(taken.audit_coverage).toMatchObject({
      tables: 7,
      with_all_four: 1,
      with_created_by: 2,
      missing_audit_trigger: [],
    });
  });

  test('tell the tables that nobody but the system has written', async () => {
    const target = await databases.create(`${foreignSchema}
      create table public.made (created_by integer); insert into public.made values (1), (1);
      create table public.shared (created_by integer); insert into public.shared values (1), (2);
      create table public.bare (created_by integer);`);
    expect((await audit(target)).audit_coverage.attributed_to_system_only).toEqual(['public.made']);
  });

  test('name nobody by e-mail address, and sample no row unless asked', async () => {
    const target = await databases.create(foreignSchema);
    const plain = JSON.stringify(await audit(target));
    const sampled = await audit(target, { samples: true });
    expect(tableOf(sampled, 'Mixed Case.Note').audit_fields!.created_by_values).toEqual(['batch', '[e-mail]']);
    expect(plain).toContain('"sample_records":[]');
    expect(plain).not.toMatch(/"sample_records":\[\{/);
    expect(tableOf(sampled, 'public.developer').audit_fields!.sample_records[0]).toMatchObject({
      id: 1,
      email: '[contact]',
      name: '[person]',
    });
    for (const text of [plain, JSON.stringify(sampled)]) expect(text).not.toContain('@example.org');
  });

  test('are read from tables whose names break out of quotes, lines and comments', async () => {
    const evil = '"a""b\n; drop table public.developer; -- :source $1"';
    const target = await databases.create(
      `${foreignSchema} create table public.${evil} (created_by text); insert into public.${evil} values ('me');`,
    );
    const taken = await audit(target, { samples: true });
    const { audit_fields: fields } = tableOf(taken, 'public.a"b\n; drop table public.developer; -- :source $1');
    expect(fields).toMatchObject({ created_by_values: ['me'], sample_records: [{ created_by: 'me' }] });
    expect(taken.unseen).toEqual([]);
  });

  test('of a table that is too large to read for its authors are not read, and that is said', async () => {
    const target = await databases.create(`${foreignSchema} create table public.vast (created_by text);
      insert into public.vast values ('me'); checkpoint;`);
    await using session = await Session.open(target);
    const { file } = await session.row<{ file: string }>(
      `select current_setting('data_directory') || '/' || pg_relation_filepath('public.vast') as file`,
    );
    await truncate(file, 257 * 1024 ** 2); // a hole: pages of zeros are empty ones
    const taken = await audit(target, { samples: true });
    expect(tableOf(taken, 'public.vast').audit_fields).toMatchObject({
      has_created_by: true,
      created_by_values: null,
      sample_records: [],
    });
    expect(taken.unseen).toMatchObject([{ object: 'public.vast', reason: expect.stringContaining('too large') }]);
  });

  test('that are no times are named, and spare all others', async () => {
    const target = await databases.create(
      `${foreignSchema} create table public.odd (created_at text); insert into public.odd values ('yesterweek');`,
    );
    const taken = await audit(target);
    expect(taken.unseen).toMatchObject([{ object: 'public.odd', what: 'audit fields' }]);
    expect(tableOf(taken, 'public.developer').audit_fields!.created_by_values).toEqual(['1']);
  });
});

describe('the versioning system', () => {
  test('shows families without and with several active versions, and a map that does not fit', async () => {
    const { versioning_system: system } = await audit(await databases.create(foreignSchema));
    expect(system.versioning_tables_exist['public.version_family']).toEqual({ exists: true, count: 3 });
    expect(system.validation).toEqual({
      families_without_active_version: ['zone'],
      families_with_multiple_active_versions: ['tier'],
      domain_map_missing_tables: [],
      domain_map_unexpected_tables: ['public.gone'],
    });
    expect(system.versions[0]!['weight']).toBe('0.1000000000000000055');
    expect(system.developers[0]).toMatchObject({ email: '[contact]', name: '[person]' });
  });

  test('under other names is found when they are given, and concludes nothing where a table is not there', async () => {
    const target = await databases.create(`${foreignSchema} alter table public.version rename to release;`);
    const missing = await audit(target);
    expect(missing.versioning_system.validation.families_without_active_version).toBeNull();
    const versioning = { ...inventoryDefaults.versioning, version: 'public.release' };
    const found = await audit(target, { settings: { ...inventoryDefaults, versioning } });
    expect(found.versioning_system.validation.families_without_active_version).toEqual(['zone']);
  });

  test('concludes nothing from a map whose rows are hidden from the role', async () => {
    const target = await databases.create(
      `${foreignSchema} alter table public.domain_family_map enable row level security;`,
    );
    const reader = await databases.login(
      target,
      'grant usage on schema public to :role; grant select on all tables in schema public to :role',
    );
    const { validation } = (await audit(reader)).versioning_system;
    expect(validation).toMatchObject({ domain_map_missing_tables: null, domain_map_unexpected_tables: null });
    expect(validation.families_without_active_version).not.toBeNull();
  });
});

describe('seed progress', () => {
  const withSeeds = (seeds: (typeof inventoryDefaults)['seeds']) => ({
    settings: { ...inventoryDefaults, seeds },
    root: folder,
  });

  test('tells loaded, short, empty, missing and unexpected apart', async () => {
    const target = await databases.create(`${foreignSchema} create table public.bare (id integer);`);
    const { seed_progress: progress } = await audit(
      target,
      withSeeds({
        'public.version_family': { exact: 3 },
        'public.measured': { atLeast: 50 },
        'public.bare': { atLeast: 1 },
        'public.nowhere': { atLeast: 1 },
        'public.version': { exact: 3 },
      }),
    );
    expect(progress!.tables.map(({ status, detail }) => `${status}: ${detail}`)).toEqual([
      'loaded: ',
      'short: short by 8',
      'empty: short by 1',
      'missing: there is no such table',
      'unexpected: 1 too many',
    ]);
    expect(progress).toMatchObject({ verdict: 'no-go', examined: 5, violations: 4 });
  });

  test('compares the keys of a CSV file, composite ones too', async () => {
    await writeFile(join(folder, 'map.csv'), 'schema_name,table_name,note\npublic,measured,x\npublic,absent,y\n');
    const seeds = { 'public.domain_family_map': { csv: 'map.csv', key: ['schema_name', 'table_name'] } };
    const { seed_progress: progress } = await audit(await databases.create(foreignSchema), withSeeds(seeds));
    expect(progress!.tables[0]).toMatchObject({
      status: 'short',
      missing_keys: ['["public","absent"]'],
      unexpected_keys: ['["public","gone"]'],
    });
  });

  test('is unproven where the rows could not be counted, and never go', async () => {
    const seeds = { 'public.version': { atLeast: 1 } };
    const target = await databases.create(`${foreignSchema} analyze;`); // the server has a guess, and it would do
    const { seed_progress: progress } = await audit(target, { ...withSeeds(seeds), budgetMs: 0 });
    expect(progress).toMatchObject({ verdict: 'unproven', tables: [{ status: 'unknown' }] });
  });

  test('refuses a CSV file with a key twice', async () => {
    await writeFile(join(folder, 'twice.csv'), 'short_code\ntheme\ntheme\n');
    const seeds = { 'public.version_family': { csv: 'twice.csv', key: ['short_code'] } };
    await expect(audit(await databases.create(foreignSchema), withSeeds(seeds))).rejects.toMatchObject({
      code: 'INVENTORY_SEED',
    });
  });
});
