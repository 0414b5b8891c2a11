import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diffAudits } from '../../../audit-log/inventory/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { audit, Databases, foreignSchema } from './support.ts';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
});
afterAll(() => databases[Symbol.asyncDispose]());

describe('two audits', () => {
  test('of an unchanged database do not differ', async () => {
    const target = await databases.create(foreignSchema);
    expect(diffAudits(await audit(target), await audit(target))).toMatchObject({
      structure: [],
      rows: [],
      coverage: [],
      not_compared: [],
    });
  });

  test('name what was added, removed and changed, field by field', async () => {
    const target = await databases.create(foreignSchema);
    const before = await audit(target);
    await using session = await Session.open(target);
    await session.script(`
      alter table public.developer alter name type varchar(40);
      alter table "Mixed Case"."Note" drop constraint "two columns";
      create index notes on "Mixed Case"."Note" (body);
      alter table public.version enable row level security;
      insert into public.version_family (short_code) values ('fourth');
      drop trigger stamp on public.developer;
    `);
    const diff = diffAudits(before, await audit(target));
    expect(diff.structure.map(({ change, kind, object }) => `${change} ${kind} ${object}`)).toEqual([
      'changed column public.developer.name',
      'removed constraint Mixed Case.Note.two columns',
      'added index Mixed Case.Note.notes',
      'changed table public.developer',
      'changed table public.version',
      'removed trigger public.developer.stamp',
    ]);
    expect(diff.structure[0]!.fields).toMatchObject([
      { field: 'character_maximum_length', before: null, after: 40 },
      { field: 'data_type', before: 'text', after: 'character varying(40)' },
    ]);
    expect(diff.rows).toEqual([{ table: 'public.version_family', before: 3, after: 4, certain: true }]);
    expect(diff.coverage).toEqual([{ field: 'with_audit_trigger', before: '1 of 7 tables', after: '0 of 7 tables' }]);
  });

  test('tell columns that changed places', async () => {
    const target = await databases.create('create table public.placed (a integer, b integer);');
    const before = await audit(target);
    await using session = await Session.open(target);
    await session.script('alter table public.placed drop column a; alter table public.placed add column a integer');
    const { structure } = diffAudits(before, await audit(target));
    expect(structure.map(({ object, fields }) => [object, fields])).toEqual([
      ['public.placed.a', [{ field: 'position', before: 1, after: 2 }]],
      ['public.placed.b', [{ field: 'position', before: 2, after: 1 }]],
    ]);
  });

  test('are not certain of rows that either of them only guessed', async () => {
    const target = await databases.create(`${foreignSchema} analyze;`);
    const [guessed, exact] = [await audit(target, { budgetMs: 0 }), await audit(target)];
    await using session = await Session.open(target);
    await session.script("insert into public.version_family (short_code) values ('fourth'); analyze");
    const [guessedLater, exactLater] = [await audit(target, { budgetMs: 0 }), await audit(target)];
    const certain = [
      [guessed, exactLater] as const,
      [exact, guessedLater] as const,
      [guessed, guessedLater] as const,
      [exact, exactLater] as const,
    ].map(([before, after]) => diffAudits(before, after).rows.map((row) => row.certain));
    expect(certain).toEqual([[false], [false], [false], [true]]);
  });

  test('do not call removed what one of them could not see', async () => {
    const target = await databases.create(foreignSchema);
    const before = await audit(target);
    await using migration = await Session.open(target);
    await migration.rolledBack(async () => {
      await migration.query('lock table public.version in access exclusive mode');
      const diff = diffAudits(before, await audit(target));
      expect(diff.structure).toEqual([]);
      expect(diff.not_compared).toEqual(['public.version']);
    });
  });
});
