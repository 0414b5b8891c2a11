import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { literal, type Session } from '../../../ops/postgres/index.ts';
import { probeAsEverybody, tryBypasses, type BypassTry } from '../../../stage/isolation/index.ts';
import { Staging } from '../../support/staging.ts';

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
  session = await staging.connect();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

/** The attacks on hidden rows, with a fault planted first. */
async function attacksWith(plant = 'select 1'): Promise<BypassTry[]> {
  return session.rolledBack(async () => {
    await session.script(plant);
    return tryBypasses(session, await probeAsEverybody(session, staging.project.config));
  });
}

function leaksOf(tries: BypassTry[]): string[] {
  return [
    ...new Set(tries.filter(({ outcome }) => outcome === 'leak').map(({ role, attack }) => `${role}: ${attack}`)),
  ];
}

describe('the bypass battery', () => {
  test('attacks every relation of which a role sees some rows and not others, in every way, and nothing leaks', async () => {
    const tries = await attacksWith();
    expect(leaksOf(tries)).toEqual([]);
    const attacked = new Set(tries.map(({ role, relation }) => `${role} on ${relation}`));
    expect(attacked).toContain('vh_member on vh.companies');
    expect(attacked).toContain('analyst_ro on views.eng_governance_summary');
    expect(new Set(tries.map(({ attack }) => attack)).size).toBeGreaterThanOrEqual(30);
  });

  const leaks: [fault: string, plant: string, leak: string][] = [
    [
      'a function that is marked leakproof runs before the policy, and fails on the hidden row',
      `alter function pg_catalog.int4div(int, int) leakproof;
       alter function pg_catalog.uuid_out(uuid) leakproof; alter function pg_catalog.textin(cstring) leakproof`,
      'vh_member: divide-by-zero',
    ],
    [
      'the change log can be read',
      'grant usage on schema audit to vh_member; grant select on audit.change_log to vh_member',
      'vh_member: change-log',
    ],
    [
      'the raw statistics can be read',
      'grant select on pg_catalog.pg_statistic to analyst_ro',
      'analyst_ro: statistics-raw',
    ],
    [
      'a role may pretend to be replication, and a policy lets replication through',
      `grant set on parameter session_replication_role to vh_member;
       create policy replication on vh.companies for select to vh_member
       using (current_setting('session_replication_role') = 'replica')`,
      'vh_member: replica-role',
    ],
    [
      'a policy believes a setting',
      `create policy believing on vh.companies for select to vh_member
       using (id::text = current_setting('app.tenant', true))`,
      'vh_member: spoof-settings',
    ],
    ['a role may have the server write files', 'grant pg_write_server_files to vh_member', 'vh_member: copy-out'],
    [
      'a policy lets through who has a cursor open',
      `create policy walking on vh.companies for select to vh_member
       using (exists (select from pg_catalog.pg_cursors where name = 'drydock_walk'))`,
      'vh_member: cursor',
    ],
    [
      'a policy lets through who has prepared a statement',
      `deallocate all; -- no rollback takes back what an earlier test prepared
       create policy prepared on vh.companies for select to vh_member
       using (exists (select from pg_catalog.pg_prepared_statements where name = 'drydock_kept'))`,
      'vh_member: prepared',
    ],
    [
      'a policy lets through who is writing',
      `grant update on vh.companies to vh_member;
       create policy writing on vh.companies for select to vh_member using (exists (
           select from pg_catalog.pg_locks
           where pid = pg_backend_pid() and relation = 'vh.companies'::regclass and mode = 'RowExclusiveLock'))`,
      'vh_member: merge',
    ],
    [
      'a view that chooses rows is no security barrier, and its reader may make functions',
      `grant temporary on database ehg_stage to vh_member;
       create view vh.planted as select id from vh.companies
       where session_user <> 'vh_member' or md5(id::text) = (select min(md5(id::text)) from vh.companies);
       grant select on vh.planted to vh_member`,
      'vh_member: leaky-function',
    ],
    [
      'a role may refer to a table from one of its own',
      'grant usage, create on schema public to vh_member; grant references on vh.companies to vh_member',
      'vh_member: foreign-key',
    ],
  ];

  test('takes no leak for what never came near a row: a table without a key of one column, which nothing can refer to', async () => {
    const plant = `grant usage, create on schema public to vh_member; grant temporary on database ehg_stage to vh_member;
      grant references on vh.company_members to vh_member`;
    expect(leaksOf(await attacksWith(plant))).toEqual([]);
  });

  const traps: [what: string, hidden: string, seen: string][] = [
    ['reads like a placeholder', ':key of :relation', 'x'],
    ['is a replacement pattern', "$' $& $` $1", 'x'],
    ['holds quotation marks', `it's "so" \\ %s %L`, 'x'],
    ['is empty', '', 'x'],
    ['is part of one that is seen', '1', '10'],
    ['matches everything in a pattern', '%', 'x'],
  ];

  test.for(traps)(
    'takes no leak for a hidden value that %s, under names that are traps themselves',
    async ([, hidden, seen]) => {
      const table = `vh."it's :hidden $& %s of :relation"`;
      const tries = await attacksWith(
        `create table ${table} (":key $' 'quoted' %s" text primary key, seen boolean);
       create policy owner on ${table} to vh_owner using (true);
       create policy chosen on ${table} for select to vh_member using (seen);
       grant select on ${table} to vh_member;
       insert into ${table} values (${literal(hidden)}, false), (${literal(seen)}, true)`,
      );
      expect(tries.filter(({ relation }) => relation.startsWith(`vh.it's`)).length).toBeGreaterThan(20);
      expect(leaksOf(tries)).toEqual([]);
    },
  );

  test('reports what the server itself tells of keys, and does not blame the project for it', async () => {
    const tries = await attacksWith(
      `grant insert on vh.companies to vh_member; create policy adds on vh.companies for insert to vh_member with check (true);
       alter table vh.companies alter column name set default 'x'`,
    );
    const known = tries.filter(({ outcome }) => outcome === 'known').map(({ role, attack }) => `${role}: ${attack}`);
    expect(known).toEqual(['vh_member: unique-key', 'vh_member: on-conflict']);
    expect(leaksOf(tries)).toEqual([]);
  });

  test.for(leaks)('finds it when %s', async ([, plant, leak]) => {
    expect(leaksOf(await attacksWith(plant))).toContain(leak);
  });
});
