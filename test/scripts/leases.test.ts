import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../ops/postgres/index.ts';
import { keptInstances } from '../../stage/keeper/index.ts';
import type { Report } from '../../stage/report.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
let operator: TestProject;
let agent: TestProject;
let role: string;
let admin: Session;
let tooEarly: Awaited<ReturnType<TestProject['drydock']>>[];

/** A whole rehearsal that stays up, and a lease of it; the agent has the lease's variables and nothing else. */
beforeAll(async () => {
  operator = await TestProject.copy(folder.path);
  expect((await operator.drydock('up', '--port', 'any', '--ttl', '1h')).code).toBe(0);
  tooEarly = [await operator.drydock('handoff'), await operator.drydock('hydrate')];
  for (const step of ['apply', 'backfill']) expect((await operator.drydock(step)).code).toBe(0);
  agent = operator.with(await handedOver());
  const [kept] = await keptInstances(folder.path);
  const { host, port, admin: user, adminPassword: password } = kept!.address;
  admin = await Session.open({ host, port, user, password, database: 'tiny_stage' });
});

afterAll(async () => {
  await admin.close();
  await operator.drydock('down');
  await operator[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function handedOver(...args: string[]): Promise<Record<string, string>> {
  const { stdout } = await operator.drydock('handoff', ...args, '--no-attack', '--json');
  const message = JSON.parse(stdout) as { lease: string; environment: Record<string, string> };
  role = message.lease;
  return message.environment;
}

async function stepOf(project: TestProject, ...args: string[]): Promise<Report> {
  return JSON.parse((await project.drydock(...args, '--json')).stdout) as Report;
}

const rows = async (sql: string) => (await admin.query(sql)).rows;

describe('a staging without a migration', () => {
  test('is lent to nobody, and links nothing', () => {
    const [handOver, hydrate] = tooEarly;
    expect([handOver!.code, handOver!.stderr]).toEqual([1, expect.stringContaining('tiny_stage has no migration yet')]);
    expect([hydrate!.code, hydrate!.stdout]).toEqual([1, expect.stringContaining('LINK_TABLE_MISSING')]);
  });
});

describe('the steps of an agent, with the variables of its lease and nothing else', () => {
  test('all succeed, each as the lease, and say how many rows they changed and what the change log got', async () => {
    await admin.script('update shop.orders set note = null; update desk.tickets set order_id = null');
    for (const args of [['check'], ['backfill'], ['hydrate'], ['ingest', '--dry-run'], ['isolate']]) {
      const { code, stdout, stderr } = await agent.drydock(...args);
      expect([args[0], code, stdout + stderr]).toEqual([args[0], 0, expect.stringContaining('GO')]);
    }
    expect(await rows("select distinct user_name from audit.change_log where row_data ->> 'note' is not null")).toEqual(
      expect.arrayContaining([{ user_name: role }]),
    );
    const linked = await rows('select order_id from desk.tickets order by id');
    expect(linked).toEqual([{ order_id: 1 }, { order_id: null }]);
    const verified = await rows('select run_id from audit.linkage_verification order by id desc limit 1');
    expect(verified).toEqual([{ run_id: expect.stringMatching(`by ${role}$`) }]);
  });

  test('name what is left to the operator: the files and checks that the profile has no rights for', async () => {
    const backfill = await stepOf(agent, 'backfill');
    expect(backfill.steps[1]!.summary).toContain('2 backfills');
    expect(backfill.remarks.join()).toContain(
      'sql/backfills/0020_tickets.sql is the operator’s: agent has not the rights',
    );
    const check = await stepOf(agent, 'check');
    expect(check.remarks.join()).toContain('check/orders_there (as shop_service)');
    const isolate = await stepOf(agent, 'isolate');
    expect(isolate.matrix.map((row) => row.role)).toEqual(expect.arrayContaining([role]));
    expect(new Set(isolate.matrix.map((row) => row.role)).size).toBe(1);
    expect(isolate.remarks.join()).toContain('not probed');
  });

  test('do not include apply: a sentence says why and who does it, with step, command and fix', async () => {
    const { code, stdout } = await agent.drydock('apply');
    expect(code).toBe(1);
    expect(stdout).toContain('step     apply');
    expect(stdout).toContain(`APPLY_NOT_YOURS: ${role} cannot apply migrations`);
    expect(stdout).toContain('command  drydock apply');
    expect(stdout).toMatch(/fix      Ask the operator, who applies them as the owners/);
  });

  test('run no link rule of the agent’s own, and no check that it has edited', async () => {
    const rule = await operator.read('sql/hydrate/0010_ticket_order.sql');
    await operator.write('sql/hydrate/0010_ticket_order.sql', `${rule}\n-- mine\n`);
    expect((await stepOf(agent, 'hydrate')).error).toMatchObject({ code: 'LINK_RULE_UNKNOWN' });
    await operator.write('sql/hydrate/0010_ticket_order.sql', rule);
    await operator.write(
      'sql/checks/mine.sql',
      "-- title: Mine\n-- why: x\n-- remedy: x\n\nselect 'x' as object, 1::bigint as examined, 0::bigint as violations, '' as detail from audit.change_log",
    );
    expect((await stepOf(agent, 'check')).remarks.join()).toContain('check/mine (as auditor)');
    await operator.remove('sql/checks/mine.sql');
  });

  test('are not for a lease of another profile', async () => {
    const other = operator.with(await handedOver('desk_service'));
    const { code, stderr } = await other.drydock('check');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is lent as desk_service, not as agent')]);
  });
});

describe('what a lease notes in Drydock’s books', () => {
  const state =
    "select file, lease, finished_at is not null as finished, changed from drydock.backfill_state where lease = ''";

  test('is its own: no call of it reaches what the operator noted', async () => {
    const before = await rows(state);
    const env = await handedOver();
    await using session = await loggedIn(env);
    const file = 'sql/backfills/0020_tickets.sql';
    await session.query('select drydock.begin_backfill($1, $2, 99)', [file, 'f'.repeat(64)]);
    await session.query('select drydock.note_backfill_batch($1, 99, null), drydock.note_backfill_finished($1)', [file]);
    await session.query("select drydock.note_backfill_end($1, '[1]'), drydock.note_backfill_walked($1)", [file]);
    expect(await rows(state)).toEqual(before);
    const check = await stepOf(operator, 'check');
    expect(check.measurements.find(({ id }) => id === 'check/backfills_finished')).toMatchObject({ violations: 0 });
  });

  test('is no way to the auditor’s rights: a check runs as it was stored, reads only, and nothing else runs', async () => {
    await using session = await loggedIn(await handedOver());
    await expect(session.query("select * from drydock.run_check('select 1')")).rejects.toMatchObject({ code: 'DD004' });
    for (const sql of [
      'select * from drydock.known_check',
      "insert into drydock.known_check values ('mine', 'select 1', repeat('0', 64))",
      'select drydock.end_unseen_sessions(session_user)',
      'set role agent',
      'alter default privileges for role agent grant all on tables to public',
    ]) {
      await expect(session.query(sql), sql).rejects.toMatchObject({ code: '42501' });
    }
    await admin.query(
      `insert into drydock.known_check values ('writes', 'select x, 1, 1, x from (select set_config(''drydock.x'', ''y'', false) as x) as y', repeat('0', 64)),
       ('writes more', 'with gone as (delete from drydock.link_rule returning rule) select rule, 1, 1, rule from gone', repeat('0', 64))`,
    );
    await expect(session.query("select * from drydock.run_check('writes more')")).rejects.toThrow();
    await admin.query("delete from drydock.known_check where path like 'writes%'");
  });
});

describe('a hand-over', () => {
  test('is attacked first, is printed once, and stands in the trail without its secret', async () => {
    const { code, stdout, stderr } = await operator.drydock('handoff', '--for', 'the | agent', '--ttl', '5m');
    expect(code).toBe(0);
    expect(stderr).toMatch(/\d{2,} ways out tried in \d+ ms: .* 0 findings/);
    const [, password = ''] = /PGPASSWORD='([^']+)'/.exec(stdout) ?? [];
    expect(password.length).toBeGreaterThan(40);
    for (const part of ['## You may', '## You may not', '1. `drydock backfill`', 'a twin of it tried']) {
      expect(stdout).toContain(part);
    }
    const trail = await operator.trail();
    expect(trail).toContain('Lease Hand-Over');
    expect(trail).not.toContain(password);
    expect((await operator.drydock('leases', '--json')).stdout).not.toContain(password);
  });

  test('names no steps to a profile that does none', async () => {
    const { stdout } = await operator.drydock('handoff', 'desk_service', '--no-attack');
    expect(stdout).not.toContain('Do this, in this order');
  });

  test('is extended, listed with who, what and until when, and revoked, and each of it is written down', async () => {
    const env = await handedOver('--for', 'Ada', '--ttl', '12m');
    await using session = await loggedIn(env);
    expect((await operator.drydock('handoff', '--extend', role, '--ttl', '20m')).code).toBe(0);
    const listed = JSON.parse((await operator.drydock('leases', '--json')).stdout);
    const found = listed.inForce.find((lease: { role: string }) => lease.role === role);
    expect(found).toMatchObject({ profile: 'agent', lentTo: 'Ada', mintedBy: 'tester', sessions: 1 });
    expect((await operator.drydock('revoke', role)).code).toBe(0);
    await expect(session.query('select 1')).rejects.toThrow();
    const events = await rows(`select event from audit.lease_event where lease = '${role}' order by id`);
    expect(events.map(({ event }) => event)).toEqual(['minted', 'extended', 'used', 'ended']);
    expect(await operator.trail()).toContain('Lease End');
  });

  test('lasts no longer than the staging that it opens', async () => {
    const [kept] = await keptInstances(folder.path);
    const refused = { code: 1, stderr: expect.stringMatching(/^LEASE_TTL: The staging lives for 5\d min more/m) };
    expect(await operator.drydock('handoff', '--ttl', '2h', '--no-attack')).toMatchObject(refused);
    const { environment, latestExpiry } = JSON.parse(
      (await operator.drydock('handoff', '--no-attack', '--json')).stdout,
    );
    const tolerance = 5_000; // between two clocks, and two looks at one
    expect(Date.parse(latestExpiry)).toBeLessThan(Date.parse(kept!.expiresAt) + tolerance);
    expect(await operator.drydock('handoff', '--extend', environment.PGUSER, '--ttl', '2h')).toMatchObject(refused);
    expect((await operator.drydock('revoke', environment.PGUSER)).code).toBe(0);
  });

  test('that nobody extends in time warns whoever calls Drydock with it', async () => {
    const env = await handedOver('--ttl', '3m');
    expect((await operator.with(env).drydock('isolate')).stderr).toMatch(
      new RegExp(`${role} ends in [23] min: ask for an extension now\\.`),
    );
    const unread = { ...env, PGSSLMODE: 'prefer' };
    expect(await operator.with(unread).drydock('contract')).toMatchObject({ code: 0, stderr: '' });
  });
});

async function loggedIn(env: Record<string, string>): Promise<Session> {
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = env;
  return Session.open({
    host: PGHOST!,
    port: Number(PGPORT),
    user: PGUSER!,
    password: PGPASSWORD!,
    database: PGDATABASE!,
  });
}
