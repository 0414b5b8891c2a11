import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject, type Config } from '../../../ops/config/index.ts';
import { declaredRights } from '../../../ops/contract/index.ts';
import { proposeProject, type Proposal } from '../../../stage/proposal/index.ts';
import { exampleFile, Staging } from '../../support/staging.ts';

let staging: Staging;
const folders: string[] = [];

beforeAll(async () => {
  staging = await Staging.start();
  await staging.run('bootstrap', 'apply');
  await using session = await staging.connect('postgres');
  await session.query('create database "Their Data"');
});
afterAll(async () => {
  await staging[Symbol.asyncDispose]();
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function propose(database: string, from = staging): Promise<Proposal & { config: Config }> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-proposal-'));
  folders.push(folder);
  const proposal = await proposeProject(from.target(database), folder);
  return { ...proposal, config: (await loadProject(proposal.file)).config };
}

/** The rights of a contract, whatever its database is called. */
function rightsIn(config: Config): string[] {
  return (
    declaredRights(config)
      // nobody can see in a database which role leases are of, and that role alone holds rights on Drydock's own schema
      .filter(({ kind, schema }) => kind !== 'database' && schema !== 'drydock')
      .map((right) => JSON.stringify(right))
      .sort()
  );
}

describe('a project proposed from a database', () => {
  test('says the same as the contract that made the database', async () => {
    const { config } = await loadProject(exampleFile);
    const proposed = await propose(config.database);
    expect(rightsIn(proposed.config)).toEqual(rightsIn(config));
    expect(proposed.config.domains).toEqual(config.domains);
    expect(proposed.notes).toEqual([]);
  });

  test.for(['quoted', 'typed', 'tree'])('says the same for the shapes of %s, and nothing is lost', async (fixture) => {
    const file = join(import.meta.dirname, '../../fixtures', fixture, 'drydock.yaml');
    await using theirs = await Staging.start({ file });
    await theirs.run('bootstrap', 'apply');
    const { config } = theirs.project;
    const proposed = await propose(config.database, theirs);
    expect(rightsIn(proposed.config)).toEqual(rightsIn(config));
    expect(proposed.config.domains).toEqual(config.domains);
    expect(proposed.notes).toEqual([]);
  });

  test('gives each of several schemas of one owner an owner of its own', async () => {
    await using maintenance = await staging.connect('postgres');
    await maintenance.query('create database one_owner');
    await using session = await staging.connect('one_owner');
    await session.script(`create role both_owner; create schema one authorization both_owner;
      create schema two authorization both_owner;
      set role both_owner; create table one.a (id int primary key); create table two.b (id int primary key)`);
    const { config, notes } = await propose('one_owner');
    expect(Object.values(config.domains).map(({ owner }) => owner)).toEqual(['one_owner', 'two_owner']);
    expect(notes.join()).toContain('two belongs to both_owner, who does more than own it; two_owner is proposed');
  });

  test('takes schemas with tables for domains, and says what a contract cannot', async () => {
    await using session = await staging.connect('Their Data');
    await session.script(`
      create role shop_app login;
      create role reporting;
      create schema "Web Shop" authorization shop_app;
      create table "Web Shop"."Orders" ("Order Id" bigint primary key, "Card" text, total numeric);
      create table "Web Shop".secrets (k text);
      create table public.loose (id serial primary key);
      alter table "Web Shop"."Orders" owner to shop_app;
      grant usage on schema "Web Shop" to reporting, public;
      grant select ("Order Id", total) on "Web Shop"."Orders" to reporting;
      grant insert, select on public.loose to shop_app with grant option;
      grant select on public.loose to public;
      grant usage on sequence public.loose_id_seq to shop_app;
    `);
    const { config, notes, file } = await propose('Their Data');
    expect(config.domains).toEqual({
      'Web Shop': { owner: 'Web Shop_owner', service: 'shop_app', private: [] },
      public: { owner: 'public_owner', service: 'shop_app', private: [] },
    });
    expect(config.contract.roles['reporting']).toEqual({ 'Web Shop': { select: { Orders: ['Order Id', 'total'] } } });
    const said = notes.join('\n');
    for (const part of [
      'Web Shop: a domain has one owner, and not everything belongs to shop_app',
      'Web Shop belongs to shop_app, who does more than own it',
      'Web Shop: nobody but its owner writes there; shop_app is proposed',
      'roles log in today; in a staging they are profiles, and leases log in: shop_app',
      'PUBLIC select on public.loose',
      'with grant option are proposed without it: shop_app insert on public.loose',
      'shop_app usage on public.loose_id_seq',
    ]) {
      expect(said).toContain(part);
    }
    expect(await readFile(file, 'utf8')).toContain('# - Web Shop: a domain has one owner');
  });

  test('says what is held in other ways than by a grant, and finds names for schemas with long ones', async () => {
    const long = 'n'.repeat(63);
    await using session = await staging.connect('Their Data');
    await session.script(`
      create role clerk login;
      grant reporting, pg_read_all_data to clerk;
      create role maker;
      alter default privileges for role maker grant select on tables to reporting;
      create schema ${long} authorization shop_app;
      create table ${long}.${long} (id integer);
      create schema "dotted.name";
      create table "dotted.name"."a.b" (id integer);
      create table public.far (id integer primary key);
      alter table "dotted.name"."a.b" add foreign key (id) references public.far;
      create extension citext schema public;
      create function "dotted.name"."f.g"() returns integer language sql as 'select 1';
      grant select on "dotted.name"."a.b" to reporting;
      grant execute on function "dotted.name"."f.g"() to reporting;
      do $$ begin
          for n in 1..20 loop execute format('create function public.open_%s() returns integer language sql as ''select 1''', n); end loop;
      end $$;
    `);
    const { config, notes } = await propose('Their Data');
    expect(config.domains[long]).toMatchObject({ owner: `${'n'.repeat(57)}_owner`, service: 'shop_app' });
    expect(config.contract.roles['reporting']!['dotted.name']).toEqual(['select']);
    const said = notes.join('\n');
    for (const part of [
      'Rights held by membership are not stated; write them out for the member, or lend the group: clerk in pg_read_all_data; clerk in reporting.',
      'Default privileges are not stated, because a contract is about what is there: reporting on what maker makes.',
      'or a link of the key: dotted.name.a.b to public.far.',
      'so a migration writes extensions.NAME for what they bring: citext.',
      'Names with a dot cannot be written in a contract: "dotted.name"."a.b".',
    ]) {
      expect(said).toContain(part);
    }
    expect(said).toMatch(/PUBLIC holds rights, .*; and \d+ more\./);
  });

  test('is not made from a database without a table', async () => {
    await expect(propose('postgres')).rejects.toMatchObject({ code: 'INIT_NO_TABLES' });
  });

  test('keeps keys, dumps and logins out of git', async () => {
    await using session = await staging.connect('Their Data');
    await session.script('create schema if not exists kept; create table if not exists kept.t (id int primary key)');
    const { file } = await propose('Their Data');
    const ignored = await readFile(join(dirname(file), '.gitignore'), 'utf8');
    expect(ignored.split('\n')).toEqual(expect.arrayContaining(['.drydock/', '.env.*']));
  });

  test('is not written over something that is there', async () => {
    await expect(proposeProject(staging.target(), staging.project.root)).rejects.toMatchObject({
      code: 'INIT_NOT_EMPTY',
    });
  });
});
