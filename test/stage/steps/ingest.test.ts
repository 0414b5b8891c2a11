import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../../support/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start('apply', 'backfill');
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

const links = 'select id, order_id from desk.tickets order by id';
const reading = (sql: string) => `-- title: Reads\n-- kind: read\n-- counts: things\n\n${sql}`;

describe('a dry-run ingest', () => {
  test('does all of the work, says what it would change, and leaves every table as it was', async () => {
    await using scenario = await sandbox.scenario();
    expect(await scenario.run('ingest')).toEqual({
      summary: 'dry run: 2 orders, 2 tickets; 1 changes, all rolled back',
      rows: 1,
    });
    expect(await scenario.rows(links)).toEqual([
      { id: 1, order_id: null },
      { id: 2, order_id: null },
    ]);
    const { counts, wouldChange, proof } = JSON.parse(scenario.evidence('ingest.json'));
    expect(counts).toEqual([
      { file: 'sql/ingest/0010_orders.sql', counts: 'orders', processed: 2, changed: 0 },
      { file: 'sql/ingest/0020_tickets.sql', counts: 'tickets', processed: 2, changed: 1 },
    ]);
    expect(wouldChange).toEqual([{ table_name: 'desk.tickets', operation: 'UPDATE', count: 1 }]);
    expect(proof).toMatchObject({
      changedTables: [],
      before: {
        tables: [
          { table: 'desk.tickets', rows: 2 },
          { table: 'shop.orders', rows: 3 },
        ],
      },
    });
    expect(scenario.context.record.measurements).toMatchObject([{ id: 'ingest/dry-run', verdict: 'go', examined: 2 }]);
  });

  test('counts follow the data', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.prepare(
      `update shop.orders set state = 'done' where id = 2;
       insert into desk.tickets (id, subject) select i, 'about A-1' from generate_series(10, 19) as i`,
    );
    expect((await scenario.run('ingest')).summary).toBe('dry run: 1 orders, 12 tickets; 11 changes, all rolled back');
  });

  test('names the sequences that moved, which no rollback takes back, and blames no table for them', async () => {
    await using scenario = await sandbox.scenario({
      'sql/ingest/0030_next.sql': reading('select pg_catalog.nextval(\'desk."Odd Seq"\')'),
    });
    await scenario.prepare('create sequence desk."Odd Seq"; grant usage on sequence desk."Odd Seq" to desk_service');
    await scenario.run('ingest');
    const { proof } = JSON.parse(scenario.evidence('ingest.json'));
    expect(proof).toMatchObject({ changedTables: [], movedSequences: ['audit.change_log_id_seq', 'desk.Odd Seq'] });
  });

  test('is caught writing through a second connection', async () => {
    const { host, port, admin, adminPassword } = sandbox.staging.instance;
    await using scenario = await sandbox.scenario({
      'sql/ingest/0030_leak.sql': reading('select desk.leak() as leaked'),
    });
    const login = `host=${host} port=${port} user=${admin} password=${adminPassword} dbname=${scenario.clone.name}`;
    await scenario.prepare(
      `create extension dblink schema extensions;
       create function desk.leak() returns text language sql security definer set search_path = '' as
         $$ select extensions.dblink_exec('${login}', 'update shop.orders set note = ''leaked'' where id = 1') $$;
       grant execute on function desk.leak() to desk_service`,
    );
    await expect(scenario.run('ingest')).rejects.toMatchObject({
      code: 'INGEST_WROTE',
      message: 'The dry run changed shop.orders.',
    });
    expect(scenario.context.record.measurements).toMatchObject([
      { id: 'ingest/dry-run', verdict: 'no-go', findings: [{ object: 'shop.orders' }] },
    ]);
  });
});

describe('an ingest', () => {
  test('that is live keeps what it linked, and does nothing the second time', async () => {
    await using scenario = await sandbox.scenario({}, { settings: { ingest: 'live' } });
    expect(await scenario.run('ingest')).toEqual({ summary: 'live: 2 orders, 2 tickets', rows: 1, changed: 1 });
    expect(await scenario.rows(links)).toEqual([
      { id: 1, order_id: 1 },
      { id: 2, order_id: null },
    ]);
    expect((await scenario.run('ingest')).rows).toBe(0);
  });

  test('that is live and fails keeps nothing', async () => {
    const files = { 'sql/ingest/0030_bad.sql': reading('select 1 / 0 as x from views.orders_open') };
    await using scenario = await sandbox.scenario(files, { settings: { ingest: 'live' } });
    await expect(scenario.run('ingest')).rejects.toMatchObject({ sqlstate: '22012' });
    expect(await scenario.rows('select from desk.tickets where order_id is not null')).toEqual([]);
  });

  test('that is disabled looks at nothing', async () => {
    await using scenario = await sandbox.scenario({ 'sql/ingest': null }, { settings: { ingest: 'disabled' } });
    expect((await scenario.run('ingest')).summary).toMatch(/^disabled/);
    expect(scenario.context.record.evidence).toEqual([]);
  });

  test('is nothing to do in a project without one', async () => {
    await using scenario = await sandbox.scenario({}, { config: { ingest: undefined } });
    expect(await scenario.run('ingest')).toEqual({ summary: 'no ingest in this project' });
  });

  test.each([
    ['reads another domain past its views', 'select id from shop.orders', 5, 16, /permission denied for schema shop/],
    ['misspells a column', 'select id,\n  lable\nfrom views.orders_open', 6, 3, /column "lable" does not exist/],
    ['writes', "update desk.tickets set subject = 'x'", 5, 12, /syntax error/],
    ['holds another statement', 'select 1; select 2', 5, 11, /second statement/],
  ])('with a file that %s is refused where it stands', async (_what, sql, line, column, said) => {
    await using scenario = await sandbox.scenario({ 'sql/ingest/0010_orders.sql': reading(sql) });
    const error = expect.objectContaining({
      message: expect.stringMatching(said),
      location: { file: 'sql/ingest/0010_orders.sql', line, column },
    });
    await expect(scenario.run('ingest')).rejects.toEqual(error);
  });

  test('counts rows of nothing but nulls too', async () => {
    await using scenario = await sandbox.scenario({
      'sql/ingest/0010_orders.sql': reading('select null as source, null as b from views.orders_open'),
    });
    expect((await scenario.run('ingest')).summary).toContain('2 things');
  });

  test('takes a file that ends in a comment', async () => {
    await using scenario = await sandbox.scenario({
      'sql/ingest/0010_orders.sql': reading('select id from views.orders_open -- all; of them'),
    });
    expect((await scenario.run('ingest')).summary).toContain('2 things');
  });
});
