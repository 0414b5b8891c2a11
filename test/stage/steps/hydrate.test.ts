import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox, type Scenario } from '../../support/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start('apply', 'backfill');
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

const path = 'sql/hydrate/0010_ticket_order.sql';
const links = 'select id, order_id from desk.tickets order by id';

/** The project with one rule of its own. */
function ruleOf(statement: string): Promise<Scenario> {
  const text = `-- title: A rule\n-- links: desk.tickets.order_id\n\n${statement}`;
  return sandbox.scenario({ [path]: text });
}

function linkage(scenario: Scenario) {
  return JSON.parse(scenario.evidence('linkage.json'));
}

describe('hydrate', () => {
  test('fills the links that its rules find, and counts them', async () => {
    await using scenario = await sandbox.scenario();
    const outcome = await scenario.run('hydrate');
    expect(outcome).toEqual({
      summary: '1 rule, 1 link filled; 1 of 2 linked in 1 column',
      rows: 1,
      changed: 1,
    });
    expect(await scenario.rows(links)).toEqual([
      { id: 1, order_id: 1 },
      { id: 2, order_id: null },
    ]);
    expect(linkage(scenario)).toEqual({
      rules: [
        {
          rule: path,
          title: 'A ticket belongs to the open order that its subject names',
          link: 'desk.tickets.order_id',
          examined: 1,
          proposed: 1,
          ambiguous: 0,
          linked: 1,
        },
      ],
      coverage: [{ link: 'desk.tickets.order_id', total: 2, linked: 1, percent: 50 }],
    });
    expect(scenario.evidence('linkage-gaps.csv')).toBe('link,key\ndesk.tickets.order_id,"{""id"": 2}"\n');
    expect(await scenario.rows('select run_id, link_column, total, linked from audit.linkage_verification')).toEqual([
      { run_id: 'test-run', link_column: 'desk.tickets.order_id', total: 2, linked: 1 },
    ]);
  });

  test('fills nulls only, and the second time nothing', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.prepare('update desk.tickets set order_id = 77 where id = 1');
    expect((await scenario.run('hydrate')).rows).toBe(0);
    expect((await scenario.rows(links))[0]).toEqual({ id: 1, order_id: 77 });
    expect(linkage(scenario).rules).toMatchObject([{ examined: 1, proposed: 1, linked: 0 }]);
  });

  test('takes no proposal where they disagree, and says how many; where they agree, it does', async () => {
    await using scenario = await ruleOf(
      'select 1 as id, link from (values (5), (6)) as o (link) union all select 2, 9 from (values (1), (2)) as twice',
    );
    expect((await scenario.run('hydrate')).rows).toBe(1);
    expect(await scenario.rows(links)).toEqual([
      { id: 1, order_id: null },
      { id: 2, order_id: 9 },
    ]);
    expect(scenario.context.record.measurements).toMatchObject([
      {
        id: 'hydrate/ambiguous',
        severity: 'warning',
        violations: 1,
        findings: [
          { object: 'desk.tickets.order_id', detail: '1 rows have several proposals; none was taken', file: path },
        ],
      },
    ]);
  });

  test('passes over proposals of nothing, and over rows that are not there', async () => {
    await using scenario = await ruleOf('select id, link from (values (1, null::int), (99, 5)) as v (id, link)');
    expect((await scenario.run('hydrate')).rows).toBe(0);
    expect(linkage(scenario).rules).toMatchObject([{ examined: 2, proposed: 1, ambiguous: 0, linked: 0 }]);
  });

  test('goes by all columns of a key, in tables with names of any kind', async () => {
    await using scenario = await sandbox.scenario(
      {
        'sql/hydrate': null,
        [path]:
          '-- title: A rule\n-- links: desk.Odd "Table.Link "To\nselect "Key b", a, n as link from (values (1, $$x$$, 10), (1, $$y$$, 20), (2, $$x$$, 30)) as v (a, "Key b", n) -- the end',
      },
      {
        config: {
          ingest: undefined,
          contract: {
            ...sandbox.staging.project.config.contract,
            linkers: { desk_linker: { call: 'desk.link_desk', updates: ['desk.Odd "Table.Link "To'], reads: [] } },
          },
        },
      },
    );
    await scenario.prepare(
      `create table desk."Odd ""Table" (a int, "Key b" text, "Link ""To" numeric(8, 2), "target" text, gap int, primary key ("Key b", a) include (gap));
       create policy p on desk."Odd ""Table" using (true) with check (true);
       grant select, update ("Link ""To") on desk."Odd ""Table" to desk_linker;
       insert into desk."Odd ""Table" (a, "Key b") values (1, 'x'), (1, 'y'), (3, 'z')`,
    );
    expect((await scenario.run('hydrate')).rows).toBe(2);
    expect(await scenario.rows('select "Link ""To" as link from desk."Odd ""Table" order by "Key b", a')).toEqual([
      { link: 10 },
      { link: 20 },
      { link: null },
    ]);
    expect(scenario.evidence('linkage-gaps.csv')).toContain('"{""a"": 3, ""Key b"": ""z""}"');
  });

  test('leaves no rule callable whose file is gone', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.run('hydrate');
    const stored = 'select rule from drydock.link_rule order by rule';
    expect(await scenario.rows(stored)).toEqual([{ rule: path }, { rule: 'sql/ingest/0020_tickets.sql' }]);
    await scenario.write({ 'sql/hydrate': null });
    expect((await scenario.run('hydrate')).summary).toMatch(/^0 rules/);
    expect(await scenario.rows(stored)).toEqual([{ rule: 'sql/ingest/0020_tickets.sql' }]);
  });

  test('is nothing to do in a project without links', async () => {
    await using scenario = await sandbox.scenario({}, { config: { hydrate: undefined } });
    expect(await scenario.run('hydrate')).toEqual({ summary: 'no link rules in this project' });
  });
});

describe('a rule that is not as it should be is refused where it stands', () => {
  test.each([
    [
      'reads a table that its linker may not',
      'select 1 as id, id as link from shop.orders',
      4,
      33,
      /permission denied/,
    ],
    ['reads a table that is not there', 'select 1 as id,\n  2 as link from desk.nothing', 5, 18, /does not exist/],
    ['misspells a column', 'select id,\n  subjct as link from desk.tickets', 5, 3, /column "subjct" does not exist/],
    ['is no SQL', 'selekt 1', 4, 1, /syntax error at or near "selekt"/],
    ['returns no key', 'select 1 as link', 4, 1, /column "id" does not exist/],
    ['proposes what does not fit the column', "select 1 as id, 'many' as link", 4, 1, /invalid input .*: "many"/],
    [
      'writes',
      "with w as (update desk.tickets set subject = 'x' returning id) select id, 1 as link from w",
      4,
      6,
      /top level/,
    ],
    ['holds another statement', 'select 1 as id, 2 as link; delete from desk.tickets', 4, 28, /second statement/],
  ])('one that %s', async (_what, statement, line, column, said) => {
    await using scenario = await ruleOf(statement);
    const error = expect.objectContaining({
      code: 'SQL_FAILED',
      message: expect.stringMatching(said),
      location: { file: path, line, column },
    });
    await expect(scenario.run('hydrate')).rejects.toEqual(error);
    expect(await scenario.rows('select from desk.tickets where order_id is not null')).toEqual([]);
  });

  test.each([
    [
      'a column that no linker may fill',
      'desk.tickets.subject',
      'LINK_UNDECLARED',
      'fills desk.tickets.subject, which no linker',
    ],
    ['a table that is not there', 'desk.tikets.order_id', 'LINK_UNDECLARED', 'fills desk.tikets.order_id'],
  ])('one that fills %s', async (_what, column, code, said) => {
    await using scenario = await sandbox.scenario({
      [path]: `-- title: x\n-- links: ${column}\nselect 1 as id, 2 as link`,
    });
    await expect(scenario.run('hydrate')).rejects.toMatchObject({ code, message: expect.stringContaining(said) });
  });
});
