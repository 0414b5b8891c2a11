import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabases } from '../../../stage/performance/databases.ts';
import { fillTables, type FilledTable } from '../../../stage/performance/fill.ts';
import { scaleTables } from '../../../stage/performance/scale.ts';
import type { NamedTable } from '../../../stage/performance/workload.ts';
import { exampleFile, Staging } from '../../support/staging.ts';
import { Repository } from './repository.ts';

const fixture = (name: string) => join(import.meta.dirname, '../../fixtures', name, 'drydock.yaml');

interface Filled {
  readonly tables: FilledTable[];
  readonly answer: Record<string, unknown>;
}

/** Fills the tables that stand behind some relations of a project, and asks one question about what came of it. */
async function fill(file: string, named: readonly NamedTable[], question: string): Promise<Filled> {
  await using staging = await Staging.start({ file });
  await using databases = await openDatabases(staging.context);
  await databases.makeBaseline(staging.project);
  await using session = await databases.baseline.connect();
  const tables = await fillTables(session, await scaleTables(session, named, 1000), () => {});
  return { tables, answer: await session.row(question) };
}

describe('generated rows', () => {
  test('follow keys, lists, bounds and triggers of the example, a tenth as many one step up', async () => {
    const { tables, answer } = await fill(
      exampleFile,
      [{ schema: 'views', name: 'eng_trace' }],
      `select count(distinct sd_id) as directives, count(distinct state) as states, count(distinct type) as types,
              bool_and(qa_gate_min between 0 and 100) as gates, count(distinct qa_gate_min) > 50 as spread,
              count(*) filter (where type is null) as missing, md5(string_agg(id::text, '' order by id)) as ids
       from eng.backlog_items`,
    );
    expect(tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['eng.strategic_directives_v2', 20],
      ['eng.product_requirements_v2', 100],
      ['eng.backlog_items', 1000],
    ]);
    expect(answer).toEqual({
      directives: 20,
      states: 4,
      types: 4,
      gates: true,
      spread: true,
      missing: 100,
      ids: expect.any(String),
    });
  });

  test('fit quoted names, partitions, composite keys and inheritance', async () => {
    const schema = 'Web Shop';
    const { tables, answer } = await fill(
      fixture('quoted'),
      [
        { schema, name: 'Order Lines' },
        { schema, name: 'Invoice' },
        { schema, name: 'long_nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' },
      ],
      `select count(*) as january, (select count(*) from "Web Shop"."Orders rest") > 0 as rest from "Web Shop"."Orders 2026-01"`,
    );
    expect(tables.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(tables.find(({ table }) => table === 'Web Shop.Order Lines')!.rows).toBe(1000);
    expect(answer['january']).toBeGreaterThan(0);
    expect(answer['rest']).toBe(true);
  });

  test('leave out what a check over several columns would refuse, and nothing else', async () => {
    await using repository = await Repository.of('tiny', 'rows: 1000', {});
    const spans = `create table shop.spans (id integer primary key, low integer not null, high integer not null,
      check (low % 7 <> 3 or high < 0));\n`;
    await repository.write('sql/shop/0020_spans.sql', spans);
    const { tables } = await fill(repository.file, [{ schema: 'shop', name: 'spans' }], 'select 1 as one');
    expect(tables).toEqual([{ table: 'shop.spans', wanted: 1000, rows: expect.any(Number), problem: null }]);
    expect(tables[0]!.rows).toBeGreaterThan(800);
    expect(tables[0]!.rows).toBeLessThan(1000);
  });

  test('fit enums, domains, ranges, composites, identity, generated columns and exclusion', async () => {
    const { tables, answer } = await fill(
      fixture('typed'),
      [{ schema: 'public', name: 'booking' }],
      `select count(distinct room) as rooms, min(nights) as nights, bool_and(guest like '%@%') as addressed,
              (select count(distinct kind) from room) as kinds
       from booking`,
    );
    expect(tables).toEqual([
      { table: 'public.room', wanted: 100, rows: 100, problem: null },
      { table: 'public.booking', wanted: 1000, rows: 1000, problem: null },
    ]);
    expect(answer).toEqual({ rooms: 100, nights: 1, addressed: true, kinds: 3 });
  });
});
