import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../support/sandbox.ts';

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
  test.each([
    ['in a backfill', ['apply', 'backfill']],
    ['in the link rules', ['apply', 'backfill', 'hydrate']],
    ['in an ingest', ['apply', 'backfill', 'ingest']],
    ['in the checks', ['apply', 'backfill', 'check']],
    ['under the probes', ['apply', 'backfill', 'isolate']],
  ] as const)('%s', async (_where, steps) => {
    await using scenario = await sandbox.scenario(trapped, { settings: { ingest: 'live' } });
    const log = scenario.context.instance.logFile!;
    const before = (await readFile(log)).length;
    await scenario.run(...(steps as unknown as [string]));
    const said = (await readFile(log, 'utf8')).slice(before);
    expect([...new Set(said.match(/became \w+ by [\w ]+/g))]).toEqual([]);
  });
});
