import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../../support/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

const log = 'select version, applied_by from audit.migration_log order by id';

describe('apply', () => {
  test('runs every file once, in order, as the owner of its folder', async () => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0005_first.sql': 'create table shop.first (a int)' });
    const outcome = await scenario.run('apply');
    expect(outcome).toMatchObject({
      rows: 4,
      summary: expect.stringMatching(/^4 of 4 migrations, \d+ statements, \d+ grants$/),
    });
    expect(await scenario.rows(log)).toEqual([
      { version: 'sql/shop/0005_first.sql', applied_by: 'shop_owner' },
      { version: 'sql/shop/0010_orders.sql', applied_by: 'shop_owner' },
      { version: 'sql/desk/0010_tickets.sql', applied_by: 'desk_owner' },
      { version: 'sql/views/0010_orders_open.sql', applied_by: 'views_owner' },
    ]);
    const owners = await scenario.rows("select tableowner from pg_tables where schemaname = 'shop'");
    expect(owners).toEqual([{ tableowner: 'shop_owner' }, { tableowner: 'shop_owner' }]);
  });

  test('does nothing the second time, and only what is new the third', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.run('apply');
    expect((await scenario.run('apply')).summary).toBe('0 of 3 migrations, 0 statements, 0 grants');
    await scenario.write({ 'sql/shop/0020_more.sql': 'create table shop.more (a int)' });
    expect((await scenario.run('apply')).summary).toMatch(/^1 of 4 migrations, 1 statement, /);
  });

  test('refuses a file that was edited after it was applied, before it runs anything', async () => {
    await using scenario = await sandbox.scenario({ 'sql/views/0020_v.sql': 'create view views.v as select 1 as a' });
    await scenario.run('apply');
    await scenario.write({
      'sql/views/0020_v.sql': 'create view views.v as select 2 as a',
      'sql/shop/0005_new.sql': 'create table shop.new (a int)',
    });
    await expect(scenario.run('apply')).rejects.toMatchObject({
      code: 'MIGRATION_EDITED',
      message: 'sql/views/0020_v.sql was edited after it was applied.',
    });
    expect(await scenario.rows("select to_regclass('shop.new') as made")).toEqual([{ made: null }]);
  });

  test('a file that fails leaves nothing of itself, and those before it stay', async () => {
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_bad.sql': 'create table shop.half (a int);\nselect 1;\nselect 1/0;',
    });
    await expect(scenario.run('apply')).rejects.toMatchObject({
      code: 'SQL_FAILED',
      location: { file: 'sql/shop/0020_bad.sql', line: 3, column: 1 },
    });
    expect(await scenario.rows("select to_regclass('shop.half') as half")).toEqual([{ half: null }]);
    expect(await scenario.rows(log)).toEqual([{ version: 'sql/shop/0010_orders.sql', applied_by: 'shop_owner' }]);
    await scenario.write({ 'sql/shop/0020_bad.sql': 'create table shop.half (a int)' });
    expect((await scenario.run('apply')).rows).toBe(3);
  });

  test('an owner cannot make things in another domain', async () => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_over.sql': 'create table desk.t (a int)' });
    await expect(scenario.run('apply')).rejects.toMatchObject({ sqlstate: '42501', location: { line: 1 } });
  });

  test('a file that cannot run in a transaction says so, and runs as the owner all the same', async () => {
    const text =
      '-- drydock: no-transaction\ncreate index concurrently by_state on shop.orders (state);\ncreate table shop.t (a int);';
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_index.sql': text });
    expect((await scenario.run('apply')).rows).toBe(4);
    const owners = await scenario.rows("select tableowner from pg_tables where tablename = 't'");
    expect(owners).toEqual([{ tableowner: 'shop_owner' }]);
    const [index] = await scenario.rows(
      "select indisvalid as valid from pg_index where indexrelid = 'shop.by_state'::regclass",
    );
    expect(index).toEqual({ valid: true });
  });

  test('without saying so, it is refused where it stands', async () => {
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_index.sql': 'select 1;\ncreate index concurrently by_state on shop.orders (state);',
    });
    await expect(scenario.run('apply')).rejects.toMatchObject({ sqlstate: '25001', location: { line: 2, column: 1 } });
  });

  test('a failing statement outside a transaction is shown where it stands, and its role does not stay', async () => {
    const text = '-- drydock: no-transaction\nselect 1;\n\nselect nope;';
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_x.sql': text });
    await expect(scenario.run('apply')).rejects.toMatchObject({ location: { line: 4, column: 8 } });
    expect(await scenario.rows(log)).toHaveLength(1);
  });
});

describe('a migration stays the owner of its folder, however it words its way out', () => {
  const wayOut = "execute chr(114) || 'eset role'";
  const spoils = 'create table public.spoils as select session_user';
  const lifts = `execute format('alter function extensions.drydock_run_%s(text[]) security invoker', pg_backend_pid())`;
  const refused = { sqlstate: '42501', message: expect.stringContaining('within security-definer function') };

  test.each([
    ['in a block', `do $$ begin ${wayOut}; execute '${spoils}'; end $$;`, 1],
    ['by set_config', `select 1;\ndo $$ begin perform set_config('ro' || 'le', 'none', true); end $$;`, 2],
    [
      'as the session’s own user',
      `do $$ begin execute 'set session ' || 'authorization default'; execute '${spoils}'; end $$;`,
      1,
    ],
    [
      'in a function that a later statement calls',
      `create function shop.out() returns int language plpgsql as $$ begin ${wayOut}; return 1; end $$;\nselect shop.out();`,
      2,
    ],
    [
      'after it lifted the confinement of the next statement',
      `do $$ begin ${lifts}; end $$;\ndo $$ begin ${wayOut}; end $$;`,
      2,
    ],
    [
      'in a statement that shares no transaction',
      `-- drydock: no-transaction\nselect 1;\ndo $$ begin ${wayOut}; execute '${spoils}'; end $$;`,
      3,
    ],
  ])('%s', async (_what, text, line) => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_out.sql': text });
    await expect(scenario.run('apply')).rejects.toMatchObject({ ...refused, location: { line } });
    expect(await scenario.rows("select to_regclass('public.spoils') as made")).toEqual([{ made: null }]);
  });

  test('in a file after one that lifted the confinement', async () => {
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_lift.sql': `do $$ begin ${lifts}; end $$;`,
      'sql/shop/0030_out.sql': `do $$ begin ${wayOut}; execute '${spoils}'; end $$;`,
    });
    await expect(scenario.run('apply')).rejects.toMatchObject({
      ...refused,
      location: { file: 'sql/shop/0030_out.sql' },
    });
  });

  test('in a trigger that waits for the commit', async () => {
    const text = `-- drydock: rows 1
create function shop.out() returns trigger language plpgsql as $$ begin ${wayOut}; return null; end $$;
create constraint trigger out after insert on shop.orders initially deferred for each row execute function shop.out();
insert into shop.orders (id, label) values (9, 'x');`;
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_out.sql': text });
    await expect(scenario.run('apply')).rejects.toMatchObject(refused);
  });

  test('by what nobody else may use meanwhile', async () => {
    const anybody = `bool_or(has_function_privilege('public', oid, 'execute')) from pg_proc where proname like 'drydock\\_r%'`;
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_who.sql': `do $$ begin if (select ${anybody}) is not false then raise 'anybody may'; end if; end $$;`,
    });
    await scenario.run('apply');
  });

  test('and leaves nothing that confined it', async () => {
    await using scenario = await sandbox.scenario({
      'sql/desk/0020_alone.sql': '-- drydock: no-transaction\nselect 1;',
    });
    await scenario.run('apply');
    expect(await scenario.rows("select from pg_proc where proname ~ '^drydock_(run|rows)'")).toEqual([]);
  });

  test('rows that a client would have to send are refused where they are asked for', async () => {
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_copy.sql': 'select 1;\ncopy shop.orders from stdin;',
    });
    await expect(scenario.run('apply')).rejects.toMatchObject({
      message: 'sql/shop/0020_copy.sql:2:1: a migration has no client to copy rows from or to',
    });
  });
});

describe('a migration that changes data', () => {
  const data = "insert into shop.orders (id, label) values (1, 'a'), (2, 'b');\ndelete from shop.orders where id = 2;";

  test('says how many rows, and is held to it', async () => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_data.sql': `-- drydock: rows 3\n${data}` });
    await scenario.run('apply');
    expect(await scenario.rows('select id from shop.orders')).toEqual([{ id: 1 }]);
  });

  test.each([
    ['without a number', data, 'MIGRATION_ROWS_UNDECLARED', 'changes data (3 rows) without saying how much.'],
    ['with another number', `-- drydock: rows 2\n${data}`, 'MIGRATION_ROWS_WRONG', 'changed 3 rows; it declares 2.'],
    [
      'that declares rows and changes none',
      '-- drydock: rows 2\nselect 1',
      'MIGRATION_ROWS_WRONG',
      'changed 0 rows; it declares 2.',
    ],
    [
      'that a policy keeps from its rows',
      `-- drydock: rows 2\ncreate table shop.t (a int);\ncreate policy p on shop.t for insert with check (true);\ninsert into shop.t values (1);\nupdate shop.t set a = 2;`,
      'MIGRATION_ROWS_WRONG',
      'changed 1 rows; it declares 2.',
    ],
  ])('%s is taken back', async (_what, text, code, said) => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_data.sql': text });
    await expect(scenario.run('apply')).rejects.toMatchObject({ code, message: `sql/shop/0020_data.sql ${said}` });
    expect(await scenario.rows('select from shop.orders')).toEqual([]);
    expect(await scenario.rows(log)).toHaveLength(1);
  });
});

describe('the rights of the contract', () => {
  test('follow a new table without a grant in any migration', async () => {
    await using scenario = await sandbox.scenario({ 'sql/shop/0020_new.sql': 'create table shop."New ""One" (a int)' });
    await scenario.run('apply');
    const verbs = await scenario.rows(
      `select privilege from drydock.actual_right where role_name = 'agent' and object_name = 'New "One' order by 1`,
    );
    expect(verbs).toEqual([{ privilege: 'INSERT' }, { privilege: 'SELECT' }, { privilege: 'UPDATE' }]);
  });

  test('on something that no migration makes are refused, all at once', async () => {
    await using scenario = await sandbox.scenario({ 'sql/views': null, 'sql/views/0010_x.sql': 'select 1' });
    await scenario.prepare(
      "insert into drydock.contract_right values ('agent', 'column', 'shop', 'orders', 'colour', 'SELECT')",
    );
    await expect(scenario.run('apply')).rejects.toMatchObject({
      code: 'CONTRACT_OBJECT_MISSING',
      message: expect.stringMatching(/agent: column shop\.orders\.colour\n(.*\n)*.*views\.orders_open/),
    });
  });

  test('are named once, however many verbs there are on it', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.prepare(
      `insert into drydock.contract_right
       values ('agent', 'relation', 'shop', 'ordres', null, 'SELECT'), ('agent', 'relation', 'shop', 'ordres', null, 'DELETE')`,
    );
    await expect(scenario.run('apply')).rejects.toMatchObject({
      message: 'The contract names what the migrations do not make:\n  agent: relation shop.ordres',
    });
  });
});
