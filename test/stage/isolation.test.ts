import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rolesOf } from '../../ops/contract/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { objectKey, probeCells, readMatrix, readObjects, tryAs, type Probe } from '../../stage/isolation/index.ts';
import { Staging } from '../support/staging.ts';
import { plantBeside, stranger } from './isolation/stranger.ts';

const schemas = ['eng', 'vh', 'views', 'audit', 'drydock', 'public'];

let staging: Staging;
let session: Session;
let everyRole: string[];

beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
  session = await staging.connect();
  everyRole = [...rolesOf(staging.project.config), stranger].sort();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

/** Plants a fault and probes every role, in a transaction that is rolled back. */
async function probeWith(fault: string): Promise<Probe[]> {
  return session.rolledBack(async () => {
    await plantBeside(session, fault);
    const objects = new Map((await readObjects(session, schemas)).map((object) => [objectKey(object), object]));
    const cells = Map.groupBy(await readMatrix(session, { roles: everyRole, schemas }), ({ role }) => role);
    const probes: Probe[] = [];
    for (const [role, ofRole] of cells) {
      const { database } = staging.project.config;
      probes.push(...(await probeCells(ofRole, objects, database, (attempts) => tryAs(session, role, attempts))));
    }
    return probes;
  });
}

function mismatchesOf(probes: Probe[]): string[] {
  return probes
    .filter(({ expected, observed }) => expected !== observed)
    .map((probe) => `${inWords(probe)}: ${probe.expected} expected, ${probe.observed} observed`)
    .sort();
}

function inWords({ role, verb, kind, schema, object, column }: Probe): string {
  const thing = [schema === object ? null : schema, object, column].filter((part) => part !== null).join('.');
  return `${role}: ${verb} on ${kind} ${thing}`;
}

const allowed = 'false expected, true observed';
const refused = 'true expected, false observed';
const disputed = 'false expected, undefined observed';

describe('the rights that the probes observe', () => {
  test('are those of the contract in the rehearsed example, for every role on everything', async () => {
    const probes = await probeWith('');
    expect(mismatchesOf(probes)).toEqual([]);
    expect([...new Set(probes.map(({ role }) => role))].sort()).toEqual(everyRole);
    expect([...new Set(probes.map(({ kind }) => kind))].sort()).toEqual([
      'column',
      'database',
      'function',
      'schema',
      'sequence',
      'table',
      'view',
    ]);
    // what is granted and what is refused are both tried, not only looked up
    for (const expected of [true, false]) {
      expect(
        probes.filter((probe) => probe.expected === expected && probe.attempt === expected).length,
      ).toBeGreaterThan(50);
    }
  });

  test.each<[fault: string, sql: string, mismatches: string[]]>([
    [
      'a verb too many on a table',
      'grant delete on eng.backlog_items to codex_staging',
      [`codex_staging: DELETE on table eng.backlog_items: ${allowed}`],
    ],
    [
      'a column too many, of a role that has rights on others',
      'grant update (name) on vh.ventures to vh_linker',
      [`vh_linker: UPDATE on column vh.ventures.name: ${allowed}`],
    ],
    [
      'a column too many, of a role that has a right on none',
      'grant update (name) on vh.ventures to codex_staging',
      [`codex_staging: UPDATE on column vh.ventures.name: ${allowed}`],
    ],
    [
      'a missing right on a table',
      'revoke update on eng.backlog_items from codex_staging',
      [`codex_staging: UPDATE on table eng.backlog_items: ${refused}`],
    ],
    [
      'a missing right on a column',
      'revoke update (sd_id) on vh.ventures from vh_linker',
      [`vh_linker: UPDATE on column vh.ventures.sd_id: ${refused}`],
    ],
    [
      'a missing right to enter a schema, and so to everything in it',
      'revoke usage on schema views from analyst_ro',
      [
        `analyst_ro: USAGE on schema views: ${refused}`,
        ...[
          'change_summary',
          'eng_backlog_rollup',
          'eng_governance_summary',
          'eng_prd_payload_v1',
          'eng_trace',
          'vh_governance_snapshot',
          'vh_linkage_status',
          'vh_stage_progress',
        ].map((view) => `analyst_ro: SELECT on view views.${view}: true expected, undefined observed`),
      ].sort(),
    ],
    [
      'the right to make objects in a schema',
      'grant create on schema eng to eng_service',
      [`eng_service: CREATE on schema eng: ${allowed}`],
    ],
    [
      'a sequence too many',
      'grant usage on schema audit to eng_service; grant usage on sequence audit.change_log_id_seq to eng_service',
      [
        `eng_service: USAGE on schema audit: ${allowed}`,
        `eng_service: USAGE on sequence audit.change_log_id_seq: ${allowed}`,
      ],
    ],
    [
      'a table that belongs to a service, which may then do what nobody granted',
      'alter table eng.backlog_items owner to eng_service',
      ['REFERENCES', 'TRIGGER', 'TRUNCATE'].map(
        (verb) => `eng_service: ${verb} on table eng.backlog_items: ${allowed}`,
      ),
    ],
  ])('differ by %s, and by nothing else', async (_fault, sql, mismatches) => {
    expect(mismatchesOf(await probeWith(sql))).toEqual(mismatches);
  });

  test('do not differ by a grant on a column of a table that is held whole', async () => {
    expect(mismatchesOf(await probeWith('grant update (title) on eng.backlog_items to codex_staging'))).toEqual([]);
  });

  test('differ for everybody by what PUBLIC may do in the database', async () => {
    const probes = await probeWith('grant temporary on database ehg_stage to public');
    expect(mismatchesOf(probes)).toEqual(everyRole.map((role) => `${role}: TEMP on database ehg_stage: ${allowed}`));
  });

  test('differ for everybody by another database that PUBLIC may enter, which only the catalog can tell', async () => {
    const probes = await probeWith('grant connect on database postgres to public');
    expect(mismatchesOf(probes)).toEqual(everyRole.map((role) => `${role}: CONNECT on database postgres: ${allowed}`));
    const connects = probes.filter(({ verb, object }) => verb === 'CONNECT' && object === 'postgres');
    expect(connects.map(({ attempt }) => attempt)).toEqual(everyRole.map(() => undefined));
  });

  test('differ for everybody by a function that PUBLIC may call, in dispute where its schema is closed', async () => {
    const probes = await probeWith('grant execute on function vh.member_company_ids() to public');
    const inside = ['codex_staging', 'vh_linker', 'vh_service', 'views_owner'];
    const entitled = ['vh_member', 'vh_owner'];
    expect(mismatchesOf(probes)).toEqual(
      everyRole
        .filter((role) => !entitled.includes(role))
        .map((role) => {
          const observed = inside.includes(role) ? allowed : disputed;
          return `${role}: EXECUTE on function vh.member_company_ids(): ${observed}`;
        }),
    );
  });

  test('of a role that became a member of another are that other’s too', async () => {
    const probes = await probeWith('grant vh_service to analyst_ro');
    const rights = (role: string) =>
      probes.filter((probe) => probe.role === role && probe.expected).map((probe) => inWords({ ...probe, role: '' }));
    const gained = rights('vh_service').filter((right) => !rights('analyst_ro').includes(right));
    expect(gained.length).toBeGreaterThan(20);
    expect(mismatchesOf(probes)).toEqual(gained.map((right) => `analyst_ro${right}: ${allowed}`).sort());
  });

  test('include TRUNCATE, which is not done: what is missing is found after the right was', async () => {
    const probes = await probeWith('grant truncate on eng.strategic_directives_v2 to codex_staging');
    expect(mismatchesOf(probes)).toEqual([`codex_staging: TRUNCATE on table eng.strategic_directives_v2: ${allowed}`]);
    const truncate = probes.find(
      ({ role, verb, object }) =>
        role === 'codex_staging' && verb === 'TRUNCATE' && object === 'strategic_directives_v2',
    );
    expect(truncate).toMatchObject({ attempt: true, observed: true, answer: expect.stringContaining('(42P01)') });
  });

  test('are undefined, not allowed, where the attempt and the catalog disagree', async () => {
    const probes = await probeWith('grant select on vh.companies to analyst_ro');
    expect(mismatchesOf(probes)).toEqual([`analyst_ro: SELECT on table vh.companies: ${disputed}`]);
    const select = probes.find(
      ({ role, verb, object }) => role === 'analyst_ro' && verb === 'SELECT' && object === 'companies',
    );
    expect(select).toMatchObject({
      catalogSays: true,
      attempt: false,
      answer: 'permission denied for schema vh (42501)',
    });
  });
});

describe('the function that tries as a role', () => {
  test('gives back the role and the login that were there before, and has an answer for each attempt by its number', async () => {
    await session.rolledBack(async () => {
      await plantBeside(session, '');
      const who = () => session.row('select current_user, session_user');
      const before = await who();
      const asked = { n: 7, statement: 'select current_user', counts: true };
      for (const gently of [true, false]) {
        const answers = await tryAs(
          session,
          'analyst_ro',
          [asked, { ...asked, n: 9, statement: 'select 1/0' }],
          gently,
        );
        expect(answers).toEqual([
          { n: 7, state: 'DD000', message: 'analyst_ro' },
          { n: 9, state: '22012', message: 'division by zero' },
        ]);
        expect(await who()).toEqual(before);
      }
    });
  });

  test('works as a role that may not even call what reads JSON', async () => {
    await session.rolledBack(async () => {
      await plantBeside(session, 'revoke execute on function pg_catalog.jsonb_to_recordset(jsonb) from public');
      const [answer] = await tryAs(session, 'analyst_ro', [{ n: 0, statement: 'select 1', counts: true }]);
      expect(answer).toEqual({ n: 0, state: 'DD000', message: '1' });
    });
  });
});
