import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { attackWithTwin, leaseTermsOf, listLeases, type AttackReport } from '../../../stage/leases/index.ts';
import { everythingGranted } from '../../support/leases.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let admin: Session;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  admin = await staging.connect();
});

afterAll(async () => {
  await admin.close();
  await staging[Symbol.asyncDispose]();
});

function attack(): Promise<AttackReport> {
  const { config } = staging.project;
  return attackWithTwin(admin, {
    profile: config.lease.profile,
    database: config.database,
    ttlMs: 60_000,
    terms: leaseTermsOf(config),
    by: 'tester',
    lentTo: 'an agent',
    now: new Date(),
  });
}

/** A way out, and the escape that must find it. */
const holes: readonly { hole: string; plant: string; remove: string; escape: string }[] = [
  {
    hole: 'temporary tables for PUBLIC',
    plant: 'grant temp on database tiny_stage to public',
    remove: 'revoke temp on database tiny_stage from public',
    escape: '0030_structure/make-temporary-table',
  },
  {
    hole: 'CONNECT to another database for PUBLIC',
    plant: 'grant connect on database postgres to public',
    remove: 'revoke connect on database postgres from public',
    escape: 'login/other-database',
  },
  {
    hole: 'a profile that reads the server’s files',
    plant: 'grant pg_read_server_files to agent',
    remove: 'revoke pg_read_server_files from agent',
    escape: '0050_server/read-file-into-table',
  },
  {
    hole: 'a profile that runs programs',
    plant: 'grant pg_execute_server_program to agent',
    remove: 'revoke pg_execute_server_program from agent',
    escape: '0050_server/run-program',
  },
  {
    hole: 'a profile that is a member of an owner',
    plant: 'grant shop_owner to agent',
    remove: 'revoke shop_owner from agent',
    escape: '0030_structure/add-column',
  },
  {
    hole: 'a function of superusers',
    plant: 'grant execute on function pg_rotate_logfile() to agent',
    remove: 'revoke execute on function pg_rotate_logfile() from agent',
    escape: '0020_settings/rotate-log',
  },
  {
    hole: 'a delete that the contract does not state',
    plant: 'grant delete on desk.tickets to agent',
    remove: 'revoke delete on desk.tickets from agent',
    escape: '0040_rows/delete',
  },
  {
    hole: 'CREATE in a schema for PUBLIC',
    plant: 'grant usage, create on schema public to public',
    remove: 'revoke usage, create on schema public from public',
    escape: '0030_structure/make-function',
  },
  {
    hole: 'the change log for everybody',
    plant: 'grant usage on schema audit to public; grant select on audit.change_log to public',
    remove: 'revoke usage on schema audit from public; revoke select on audit.change_log from public',
    escape: '0040_rows/read-change-log',
  },
  {
    hole: 'a grant option on a table',
    plant: 'grant select on shop.orders to agent with grant option',
    remove: 'revoke grant option for select on shop.orders from agent',
    escape: '0030_structure/grant-table',
  },
  {
    hole: 'a setting of superusers',
    plant: 'grant set on parameter log_statement to agent',
    remove: 'revoke set on parameter log_statement from agent',
    escape: '0020_settings/not-logged',
  },
];

describe('an attack by a twin', () => {
  test('on a sound staging finds nothing among sixty and more, and leaves nothing', async () => {
    const before = await everythingGranted(admin);
    const report = await attack();
    expect(report.findings).toEqual([]);
    expect(report.tried).toBeGreaterThan(60);
    expect(report.tried).toBe(report.refused + report.declared + report.harmless.length);
    expect(report.harmless.every(({ answer }) => answer.length > 10)).toBe(true);
    expect(await everythingGranted(admin)).toBe(before);
    expect(await listLeases(admin)).toEqual([]);
  });

  test('tells what the contract allows from what it does not', async () => {
    const { attempted } = await attack();
    const inserts = attempted.filter(({ name }) => name === '0040_rows/insert');
    expect(inserts.map(({ tries, verdict }) => `${tries}: ${verdict}`)).toEqual([
      'insert (desk.tickets): refused',
      'insert (shop.orders): declared',
    ]);
  });

  test.for(holes)('finds $hole', async ({ plant, remove, escape }) => {
    await admin.script(plant);
    const { findings } = await attack();
    await admin.script(remove);
    expect(findings.map(({ name }) => name)).toContain(escape);
  });

  test('finds a reaper that does not end sessions: the end is part of it', async () => {
    const { attempted } = await attack();
    const end = attempted.filter(({ name }) => name.startsWith('end/'));
    expect(end).toMatchObject([
      {
        name: 'end/outlive-it',
        verdict: 'refused',
        answer: expect.stringMatching(/^[2-9] sessions ended, none left$/),
      },
      { name: 'end/log-in-again', verdict: 'refused', answer: expect.stringContaining('28P01') },
      { name: 'end/linger-in-the-login', verdict: 'refused' },
    ]);
  });
});
