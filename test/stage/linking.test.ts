import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox, type Scenario } from '../support/sandbox.ts';

let sandbox: Sandbox;
let scenario: Scenario;

beforeAll(async () => {
  sandbox = await Sandbox.start('apply', 'backfill', 'hydrate');
  scenario = await sandbox.scenario();
});

afterAll(async () => {
  await scenario?.[Symbol.asyncDispose]();
  await sandbox?.[Symbol.asyncDispose]();
});

const rule = 'sql/hydrate/0010_ticket_order.sql';

/** What statements of a role are answered with; all of it is taken back. */
async function as(role: string, sql: string, values: unknown[] = []) {
  await using session = await scenario.connect();
  return await session.rolledBack(async () => {
    await session.query(`set local session authorization ${role}`);
    return (await session.query(sql, values)).rows;
  });
}

describe("a linker's function", () => {
  test('runs a declared rule for whoever the contract lets call it', async () => {
    for (const role of ['agent', 'desk_service']) {
      expect(await as(role, 'select * from desk.link_desk($1)', [rule])).toEqual([
        { examined: 1, proposed: 1, ambiguous: 0, linked: 0 },
      ]);
    }
  });

  test.each(['shop_service', 'shop_owner', 'views_owner', 'auditor'])('is refused to %s', async (role) => {
    await expect(as(role, 'select * from desk.link_desk($1)', [rule])).rejects.toMatchObject({ code: '42501' });
  });

  test.each([
    'no/such/rule.sql',
    '',
    "x' or true --",
    `${rule}'); delete from desk.tickets; --`,
    'select 1 as id, 2 as link',
    '%s',
  ])('knows no rule called %j, and takes none for SQL', async (name) => {
    await expect(as('agent', 'select * from desk.link_desk($1)', [name])).rejects.toMatchObject({
      code: 'DD003',
      message: `there is no link rule ${name}`,
    });
  });

  test('runs the rules of its own linker only', async () => {
    await scenario.prepare(
      `insert into drydock.link_rule select 'foreign', 'other_linker', target, link, statement, sha256 from drydock.link_rule limit 1`,
    );
    await expect(as('agent', "select * from desk.link_desk('foreign')")).rejects.toMatchObject({ code: 'DD003' });
  });

  test.each([
    ["insert into drydock.link_rule values ('x', 'x', 0, 'x', 'x', 'x')", []],
    ['update drydock.link_rule set statement = $1', ['select 1 as id, 2 as link']],
    ['delete from drydock.link_rule', []],
    ['create or replace function desk.link_desk(rule text) returns int return 1', []],
    ['alter function desk.link_desk(text) owner to agent', []],
    ['set local role desk_linker', []],
    ['update desk.tickets set order_id = 5', []],
  ])('cannot be made to run other SQL by its caller: %s', async (sql, values) => {
    await expect(as('agent', sql, values)).rejects.toMatchObject({ code: '42501' });
  });

  test('is not led astray by what its caller puts in the way: a search path, temporary tables, operators', async () => {
    await using session = await scenario.connect();
    await session.rolledBack(async () => {
      await session.script(
        `grant temporary on database "${scenario.clone.name}" to agent; update desk.tickets set order_id = null;
         create schema trap authorization agent; set local session authorization agent`,
      );
      await session.script(
        `create temp table tickets (id int, subject text, order_id int);
         create temp table orders_open (id int, label text);
         create temp table link_rule (rule text, linker text, target regclass, link name, statement text, sha256 text);
         insert into link_rule values ('${rule}', 'desk_linker', 'desk.tickets', 'order_id', 'select 1 as id, 666 as link', '');
         create function trap.strpos(text, text) returns int language sql as 'select 1';
         create function trap.format(text, name) returns text language sql as $$ select 'id, 666' $$;
         grant usage on schema trap to public; set local search_path = pg_temp, trap, pg_catalog`,
      );
      const { rows } = await session.query('select * from desk.link_desk($1)', [rule]);
      expect(rows).toEqual([{ examined: 1, proposed: 1, ambiguous: 0, linked: 1 }]);
      await session.script('reset session authorization');
      const linked = await session.query('select order_id from desk.tickets where id = 1');
      expect(linked.rows).toEqual([{ order_id: 1 }]);
    });
  });

  test('fills its column and no other: it holds UPDATE on nothing else, anywhere', async () => {
    const updates = await scenario.rows(
      `select distinct kind, object_name, column_name from drydock.actual_right where role_name = 'desk_linker' and privilege not in ('SELECT', 'USAGE', 'EXECUTE')`,
    );
    expect(updates).toEqual([{ kind: 'column', object_name: 'tickets', column_name: 'order_id' }]);
  });
});
