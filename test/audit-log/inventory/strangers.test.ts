import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { structureJson, structureOf, type Audit } from '../../../audit-log/inventory/index.ts';
import { audit, Databases, tableOf } from './support.ts';

const sqlOf = (name: string) => readFileSync(join(import.meta.dirname, `../../fixtures/strangers/${name}.sql`), 'utf8');
let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
});
afterAll(() => databases[Symbol.asyncDispose]());

function columnOf(taken: Audit, table: string, column: string) {
  return tableOf(taken, table).columns.find(({ column_name: name }) => name === column);
}

describe('a shop with enums, domains, partitions of partitions and a materialised view that nobody filled', () => {
  test('is audited whole, and the one thing that cannot be counted is named', async () => {
    const taken = await audit(await databases.create(sqlOf('rental')));
    expect(taken.unseen.map(({ object, what }) => `${object}: ${what}`)).toEqual(['public.rental_by_category: rows']);
    expect(tableOf(taken, 'public.film').record_count).toBe(40);
    expect(tableOf(taken, 'public.payment')).toMatchObject({ partition_count: 5, record_count: 0 });
    expect(columnOf(taken, 'public.film', 'slug')).toMatchObject({ generated: true, data_type: 'text' });
    expect(columnOf(taken, 'public.film', 'special_features')?.data_type).toBe('text[]');
    expect(columnOf(taken, 'public.language', 'name')).toMatchObject({ character_maximum_length: 20 });
    expect(taken.structure.constraints.filter(({ type }) => type === 'x')).toHaveLength(1);
  });
});

describe('a forum as an object mapper makes it', () => {
  test('keeps its names, and counts a table without those that inherit from it', async () => {
    const taken = await audit(await databases.create(sqlOf('forum')));
    expect(taken.unseen).toEqual([]);
    expect(tableOf(taken, 'tenant-B.comment').record_count).toBe(2);
    expect(tableOf(taken, 'tenant-B.archived_comment').record_count).toBe(1);
    expect(tableOf(taken, 'tenant-B.cache').unlogged).toBe(true);
    expect(tableOf(taken, 'tenant-B.select')).toMatchObject({ has_rules: true });
    expect(tableOf(taken, 'tenant-B.select').columns.map(({ column_name: name }) => name)).toEqual([
      ...['from', 'where', '群', 'a.b', 'c"d'],
    ]);
  });
});

test.each(['rental', 'forum'])(
  'the structure of %s is the same for a role that may select from nothing',
  async (name) => {
    const target = await databases.create(sqlOf(name));
    const nobody = await databases.login(target, '');
    const [owner, stranger] = [await audit(target), await audit(nobody)];
    expect(structureJson(structureOf(stranger))).toBe(structureJson(structureOf(owner)));
  },
);
