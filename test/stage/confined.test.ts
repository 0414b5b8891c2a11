import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { queryAs } from '../../stage/confined/index.ts';
import { loadFixes, runFix } from '../../stage/fixes/index.ts';
import { Sandbox, type Scenario } from '../support/sandbox.ts';

/** Returns true, and notes in the server's log, which no rollback takes back, when whoever called it became the administrator. */
const leave = (schema: string) => `
create function ${schema}.leave() returns boolean language plpgsql as $$
declare
    way text;
begin
    foreach way in array array['reset role', 'set role none', 'reset session authorization', 'set local session authorization default'] loop
        begin
            execute way;
            if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
                raise log 'became % by %', current_user, way;
            end if;
        exception when insufficient_privilege or invalid_transaction_state or active_sql_transaction then
            null;
        end;
    end loop;
    return true;
end;
$$;
grant execute on function ${schema}.leave() to public;
grant usage on schema ${schema} to public;
create function ${schema}.leave_on_write() returns trigger language plpgsql as $$
begin
    perform ${schema}.leave();
    return null;
end;
$$;
`;

const traps = (table: string, policies: readonly string[]) => {
  const [schema = ''] = table.split('.');
  return `
create trigger leave after insert or update on ${table} for each statement execute function ${schema}.leave_on_write();
create constraint trigger leave_late after insert or update on ${table} initially deferred
    for each row execute function ${schema}.leave_on_write();
${policies.map((policy) => `alter policy ${policy} on ${table} using (${schema}.leave());`).join('\n')}`;
};

/** Wherever a migration can put code that others run: policies, triggers at once and at the commit, views. */
const trapped = {
  'sql/shop/0020_traps.sql': leave('shop') + traps('shop.orders', ['orders_service', 'orders_agent_reads']),
  'sql/desk/0020_traps.sql':
    leave('desk') + traps('desk.tickets', ['tickets_service', 'tickets_linker', 'tickets_agent_reads']),
  'sql/views/0020_traps.sql': `${leave('views')}
create or replace view views.orders_open with (security_barrier) as
select orders.id, orders.label from shop.orders as orders where views.leave();`,
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start();
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

describe('what a migration put where others run it cannot become the administrator', () => {
  test.each<[where: string, steps: [string, ...string[]]]>([
    ['in a backfill', ['apply', 'backfill']],
    ['in the link rules', ['apply', 'backfill', 'hydrate']],
    ['in an ingest', ['apply', 'backfill', 'ingest']],
    ['in the checks', ['apply', 'backfill', 'check']],
    ['under the probes', ['apply', 'backfill', 'isolate']],
  ])('%s', async (_where, steps) => {
    await using scenario = await trappedScenario();
    await scenario.run(...steps);
    expect(await waysOut(scenario)).toEqual([]);
  });

  test('in the lists of gaps', async () => {
    await using scenario = await trappedScenario({
      'sql/gaps/orders.sql': '-- title: Orders\n-- as: shop_service\n\nselect * from shop.orders',
    });
    await scenario.run('apply', 'backfill', 'check');
    expect(scenario.evidence('orders.csv').split('\n')).toHaveLength(5);
    expect(await waysOut(scenario)).toEqual([]);
  });

  test.each([true, false])('in a fix (applied: %s)', async (apply) => {
    await using scenario = await trappedScenario({
      'sql/fixes/notes.sql': `-- title: Notes\n-- as: shop_service\n-- check: orders_there
-- drydock: review\nselect id from shop.orders;\n-- drydock: change\nupdate shop.orders set note = 'x';`,
    });
    await scenario.run('apply', 'backfill');
    await using session = await scenario.connect();
    const { project } = scenario.context;
    const fixed = await runFix(session, project, (await loadFixes(project))[0]!, { apply });
    expect(fixed).toMatchObject({ changed: 3, deltas: [{ check: 'check/orders_there', before: 0, after: 0 }] });
    expect(await waysOut(scenario)).toEqual([]);
  });

  test('and would be seen if it did', async () => {
    await using scenario = await trappedScenario();
    await scenario.run('apply', 'backfill');
    await scenario.prepare('set role shop_service; select from shop.orders');
    expect(await waysOut(scenario)).toHaveLength(4);
  });
});

describe('what confines a role', () => {
  test('works in its own session only, whoever was let call it', async () => {
    await using scenario = await sandbox.scenario({
      'sql/shop/0020_lend.sql': `
create function shop.lend() returns trigger language plpgsql as $$
begin
    execute (
        select string_agg(format('grant execute on function %s to public', oid::regprocedure), '; ')
        from pg_proc where proname ~ '^drydock_(run|rows)_'
    );
    return null;
end;
$$;
create trigger lend after insert on shop.orders for each statement execute function shop.lend();`,
      'sql/backfills/0040_stops.sql': `-- title: Stops\n-- as: shop_service
-- drydock: todo\nselect 1;\n-- drydock: change\ninsert into shop.orders (id, label) values (9, 'nine');`,
    });
    await expect(scenario.run('apply', 'backfill')).rejects.toMatchObject({ code: 'BACKFILL_INCOMPLETE' });
    const calls = await scenario.rows<{ call: string }>(
      "select format('%s.%I', pronamespace::regnamespace, proname) as call from pg_proc where proname ~ '^drydock_(run|rows)_'",
    );
    expect(calls).toHaveLength(2);
    for (const { call } of calls) {
      const argument = call.includes('run') ? "array['select 1']" : "'select 1'";
      const columns = call.includes('run') ? '' : ' as answer (c0 integer)';
      await expect(scenario.rows(`select * from ${call}(${argument})${columns}`)).rejects.toThrow('of another session');
    }
    await scenario.untilAlone();
    await scenario.run('check');
    expect(await scenario.rows("select from pg_proc where proname ~ '^drydock_(run|rows)_'")).toEqual([]);
  });
});

describe('an answer is the same, whether its statement was confined or not', () => {
  test.each([
    ["select 1 as one, 'two' as two, null as three, 4.50 as four, 5::bigint as five"],
    ["select now() as at, current_date as day, interval '1 day' as span, '\\x00ff'::bytea as bytes"],
    ['select array[1, 2] as numbers, \'{"a": [1]}\'::jsonb as json, \'{"a":  1}\'::json as raw, true as yes'],
    ['select id, "label", orders from shop.orders order by id'],
    ["select '(1,2)'::point as point, 'a'::char(3) as padded, 'b'::varchar(9) as bounded, 1::oid as oid"],
    ['select 1 as "a b", 2 as "A""B", 3 as "c0", 4 as c1'],
    ['select id from shop.orders where false'],
    ["with changed as (update shop.orders set note = 'n' where id = 1 returning *) select id, note from changed"],
    ["update shop.orders set note = 'n' where id < 3"],
    ["insert into shop.orders (id, label) values (9, 'nine') returning id, label"],
  ])('%s', async (statement) => {
    await using scenario = await sandbox.scenario();
    await scenario.run('apply', 'backfill');
    await using session = await scenario.connect();
    const answers = [];
    for (const unconfined of [true, false]) {
      const actor = { role: 'shop_service', how: 'role', unconfined } as const;
      const { rows, fields, rowCount } = await session.rolledBack(() => queryAs(session, actor, statement));
      answers.push({ rows: rows.map((row) => ({ ...row, at: row['at'] && 'now' })), fields, rowCount });
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  test('and several statements are refused', async () => {
    await using session = await sandbox.staging.connect();
    const several = session.rolledBack(() =>
      queryAs(session, { role: 'shop_service', how: 'role' }, 'select 1; select 2'),
    );
    await expect(several).rejects.toMatchObject({ code: '42601' });
  });
});

function trappedScenario(files: Readonly<Record<string, string>> = {}): Promise<Scenario> {
  const checks = { ...sandbox.staging.project.config.checks, gaps: 'sql/gaps', fixes: 'sql/fixes' };
  return sandbox.scenario(
    { 'sql/gaps/none.md': '', 'sql/fixes/none.md': '', ...trapped, ...files },
    { settings: { ingest: 'live' }, config: { checks } },
  );
}

/** Ways on which the administrator was reached, in this scenario's database. */
async function waysOut(scenario: Scenario): Promise<string[]> {
  const log = await logUntilNow(scenario);
  const lines = log.split('\n').filter((line) => line.includes(scenario.clone.name));
  return [...new Set(lines.flatMap((line) => line.match(/became \w+ by [\w ]+/g) ?? []))];
}

/** The server writes its log some time later, and in order: what stands before a mark is all there is. */
async function logUntilNow(scenario: Scenario): Promise<string> {
  const mark = randomUUID();
  await scenario.prepare(`do $$ begin raise log '${mark}'; end $$`);
  return await vi.waitUntil(
    async () => {
      const log = await readFile(scenario.context.instance.logFile!, 'utf8');
      return log.includes(mark) ? log : undefined;
    },
    { timeout: 30_000 },
  );
}
