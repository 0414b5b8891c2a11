import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  compareDatabases,
  comparisonMarkdown,
  comparisonPage,
  type Comparison,
  type CompareRules,
} from '../../../audit-log/snapshots/index.ts';
import { identifier, Session, type Target } from '../../../ops/postgres/index.ts';
import { Databases } from '../inventory/support.ts';
import { reader, shop, Snapshots } from './support.ts';

const schema = `${shop}
create table public.many (id bigint primary key, part text, body json, score numeric, seen_at timestamptz);
insert into public.many select n, case when n % 10 = 0 then null when n % 10 = 1 then '' else 'p' || n end,
    json_build_object('n', n), n * 0.5, '2026-01-01 00:00Z' from generate_series(1, 20000) as n;
create table public.keyless (what text);
insert into public.keyless values ('a'), ('a'), (null);
analyze;
`;
/** One changed, a null that became the empty text, one gone, one new; one differs a little, one in spelling only. */
const changes = `
update public.many set part = 'other', score = 0 where id = 5002;
update public.many set part = '' where id = 5010;
delete from public.many where id = 7;
insert into public.many values (30000, 'new', '{}', 1, now());
update public.many set score = score + 0.001, seen_at = seen_at + interval '1 second' where id = 9003;
update public.many set body = '{ "n" :  12004 }' where id = 12004;
update "Mixed Case"."Order" set note = 'changed' where "Id" = 3 and "Line" = 2;
delete from "Mixed Case"."Order" where "Id" = 40 and "Line" = 2;
drop table public.keyless;
`;
const plan = `
seeds:
  - { table: many, columns: all }
  - { table: Mixed Case.Order, columns: all }
`;

let databases: Databases;
let snapshots: Snapshots;
let before: Target;
let after: Target;
let owner: Target;
beforeAll(async () => {
  databases = await Databases.start();
  snapshots = await Snapshots.start();
  const was = await databases.create(schema);
  owner = await databases.create(schema);
  await using session = await Session.open(owner);
  await session.query('create table public.trace (what text)');
  before = await databases.login(was, reader);
  after = await databases.login(owner, reader);
  await session.script(changes);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await snapshots[Symbol.asyncDispose]();
});

async function compare(
  planText = plan,
  rules: Partial<CompareRules> = {},
  more: { before?: Target; after?: Target; maskSalt?: string } = {},
): Promise<Comparison> {
  const { plan: loaded } = await snapshots.order(before, planText);
  return compareDatabases({
    before: { target: more.before ?? before, schema: 'public' },
    after: { target: more.after ?? after, schema: 'public' },
    plan: loaded,
    rules: { keys: new Map(), ignore: new Set(), tolerance: new Map(), ...rules },
    maskSalt: more.maskSalt,
  });
}

function statementsOf(compared: Comparison['before']) {
  if (!('statements' in compared)) throw new Error('a snapshot, not a database');
  return compared.statements;
}

describe('a comparison of two live databases', () => {
  test('finds every row that differs, came or went, by value', async () => {
    const tolerance = new Map([
      ['score', 0.01],
      ['seen_at', 2],
    ]);
    const { verdict, tables } = await compare(plan, { tolerance });
    expect(verdict).toBe('no-go');
    expect(tables).toMatchObject([
      {
        table: 'public.many',
        key: { columns: ['id'], from: 'primary key' },
        rows: { before: 20000, after: 20000, delta: 0 },
        changes: { added: 1, removed: 1, changed: 2, within_tolerance: 2 },
      },
      { table: 'Mixed Case.Order', rows: { before: 80, after: 79 }, changes: { added: 0, removed: 1, changed: 1 } },
    ]);
    expect(tables[0]!.changes!.matrix).toEqual([
      { column: 'part', rows: 2 },
      { column: 'score', rows: 1 },
    ]);
    expect(tables[0]!.changes!.examples).toContainEqual({
      kind: 'changed',
      key: ['5010'],
      changes: [{ column: 'part', before: null, after: '' }],
    });
    expect(tables[0]!.changes!.examples).toContainEqual({ kind: 'added', key: ['30000'], changes: [] });
    expect(tables[0]!.changes!.examples).toContainEqual({ kind: 'removed', key: ['7'], changes: [] });
    expect(tables[1]!.changes!.examples).toContainEqual({
      kind: 'changed',
      key: ['3', '2'],
      changes: [{ column: 'note', before: null, after: 'changed' }],
    });
  });

  test('is go for a database and itself, from the hashes alone', async () => {
    const comparison = await compare(plan, {}, { after: before });
    expect(comparison.verdict).toBe('go');
    expect(statementsOf(comparison.after).map(({ what }) => what)).toEqual([
      'hashes of public.many by bucket',
      'hashes of Mixed Case.Order by bucket',
    ]);
  });

  test('fetches the keys of the buckets that differ, and the values of the rows that do', async () => {
    const { before: side } = await compare('seeds: [{ table: many, columns: all }]');
    const [buckets, keys, rows] = statementsOf(side);
    expect(buckets).toMatchObject({ what: 'hashes of public.many by bucket', rows: 32 });
    expect(keys!.rows).toBeGreaterThan(5);
    expect(keys!.rows).toBeLessThan(8 * 1024);
    expect(rows).toMatchObject({ what: 'rows of public.many that differ', rows: 5, messages: 1 });
  });

  test('only reads, and shows it: role, snapshot, position, every statement, no transaction id', async () => {
    const comparison = await compare();
    for (const side of [comparison.before, comparison.after]) {
      expect(side).toMatchObject({
        server: { position: 'primary', lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/) },
        role: { is_superuser: false, writable_tables: 0 },
        receipt: { isolation: 'repeatable read', transactionReadOnly: true, transactionId: null },
      });
      expect(statementsOf(side).every(({ sql, cost }) => sql.startsWith('select ') && cost > 0)).toBe(true);
    }
    const [text, page] = [comparisonMarkdown(comparison), comparisonPage(comparison)];
    expect(text).toContain(`After: ${after.database} at 127.0.0.1:${after.port}, Postgres 16.`);
    expect(text).toContain('| hashes of public.many by bucket | 1 | 32 |');
    expect(page).toContain('transaction id never assigned');
    expect(text + page).not.toContain('Candidate commits');
    expect(text + page).not.toContain(after.password);
  });

  test('takes keys that were given, whole rows and nulls among them, and does not take two rows of one key for one', async () => {
    const both = 'seeds: [{ table: many, columns: [part, score], where: part is null or id < 10 }]';
    await expect(compare(both, { keys: new Map([['many', ['part']]]) })).rejects.toThrow(
      /^public\.many in audited_\w+ has 2000 rows with the key part = \.$/,
    );
    const { tables } = await compare('seeds: [{ table: many, columns: [part, score] }]', {
      keys: new Map([['many', ['part', 'id']]]),
    });
    expect(tables[0]!.changes).toMatchObject({ added: 3, removed: 3, changed: 1 });
    const ofNull = tables[0]!.changes!.examples.find(({ key }) => key[1] === '5010' && key[0] === null);
    expect(ofNull).toMatchObject({ kind: 'removed' });
  });

  test('says what it could not compare, and is then no go', async () => {
    const { verdict, tables } = await compare(
      'seeds: [{ table: company }, { table: keyless, columns: all }, { table: gone }, { table: loose, columns: all }]',
    );
    expect(verdict).toBe('unproven');
    expect(tables.map(({ table, not_compared }) => [table, not_compared])).toEqual([
      ['public.company', null],
      ['public.keyless', 'it is in the database before only'],
      ['public.gone', 'it is in neither database'],
      ['public.loose', 'it has no key; name one with --keys'],
    ]);
  });

  test('compares masked columns as they are masked, and shows nothing else', async () => {
    const masked = `
seeds: [{ table: many, columns: [id, part], mask: { part: hash }, where: id between 5000 and 5010 }]
maskSaltFrom: SALT`;
    const comparison = await compare(masked, {}, { maskSalt: 'a-salt-that-nobody-knows' });
    expect(comparison.tables[0]!.changes).toMatchObject({ changed: 2 });
    expect(JSON.stringify(comparison)).not.toContain('other');
    await expect(compare(masked)).rejects.toMatchObject({ code: 'SNAPSHOT_SALT' });
  });

  test.each([
    ['a condition that is more', "seeds: [{ table: many, where: 'true; drop table public.many' }]", 'SNAPSHOT_REFUSED'],
    ['rows that cost too much', 'seeds: [{ table: many }]\nlimits: { cost: 10 }', 'SNAPSHOT_COST'],
    ['more rows than may be read', 'seeds: [{ table: many, columns: all }]\nlimits: { rows: 50 }', 'SNAPSHOT_BUDGET'],
    ['more bytes', 'seeds: [{ table: many, columns: all }]\nlimits: { bytes: 1kB }', 'SNAPSHOT_BUDGET'],
    ['a view', 'seeds: [{ table: dear }]', 'SNAPSHOT_REFUSED'],
    ['nothing that is there', 'seeds: [{ table: nowhere }]', 'SNAPSHOT_EMPTY'],
  ])('is refused for %s', async (_, text, code) => {
    const wide = text.includes('1kB') ? { keys: new Map([['many', ['id', 'part']]]) } : {};
    await using session = await Session.open(owner);
    const many = await session.row('select count(*) as n from public.many');
    await session.query(`update public.many set body = json_build_object('n', repeat('x', 2000)) where id = 1`);
    await expect(compare(text, wide)).rejects.toMatchObject({ code });
    expect(await session.row('select count(*) as n from public.many')).toEqual(many);
  });

  test('is refused between encodings, in which one text has two hashes', async () => {
    await using admin = await Session.open({ ...owner, database: 'postgres' });
    const database = `latin_${Date.now()}`;
    await admin.query(`create database ${identifier(database)} encoding 'LATIN1' locale 'C' template template0`);
    const latin = { ...owner, database };
    await using session = await Session.open(latin);
    await session.script('create table public.many (id bigint primary key)');
    await expect(compare('seeds: [{ table: many }]', {}, { before: latin })).rejects.toThrow(
      'One database is in LATIN1 and the other in UTF8.',
    );
  });
});
