import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let admin: Session;

/** The server writes every statement into its log. */
beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile, server: { log_statement: 'all' } });
  await staging.run('bootstrap', 'apply', 'backfill');
  admin = await staging.connect();
});

afterAll(async () => {
  await admin?.close();
  await staging?.[Symbol.asyncDispose]();
});

/** Memberships, and what depends on roles: what a lease could leave behind. */
async function traces(): Promise<unknown[]> {
  const { rows } = await admin.query(
    `select 'role ' || rolname as trace from pg_roles
     union all select 'member ' || member::regrole || ' of ' || roleid::regrole from pg_auth_members
     union all select 'dependency ' || dbid || '.' || classid || '.' || objid || ' on ' || refobjid from pg_shdepend
     union all select 'setting ' || setrole::regrole from pg_db_role_setting order by 1`,
  );
  return rows;
}

/** Lends, lets somebody use the lease, and reclaims. */
async function lendFor<T>(use: (session: Session) => Promise<T>): Promise<T> {
  await staging.run('lend');
  await using session = await staging.context.connect({ lease: staging.context.lease! });
  const value = await use(session);
  await staging.run('reclaim');
  return value;
}

test('a lease logs in with the rights of its profile and with none of its own', async () => {
  await staging.run('lend');
  const { role, target } = staging.context.lease!;
  const { rows } = await admin.query(
    `select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolvaliduntil > now() as in_force,
       array(select roleid::regrole::text from pg_auth_members where member = role.oid order by 1) as memberships
     from pg_roles as role where rolname = $1`,
    [role],
  );
  expect(rows).toEqual([
    {
      rolcanlogin: true,
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      in_force: true,
      memberships: ['agent', 'tiny_stage_connect'],
    },
  ]);
  expect((await admin.query('select from drydock.actual_right where role_name = $1', [role])).rowCount).toBe(0);

  await using lease = await Session.open(target);
  expect((await lease.query('select from shop.orders')).rowCount).toBe(3);
  for (const sql of ['delete from shop.orders', 'create temp table t (a int)', 'create table shop.t (a int)']) {
    await expect(lease.query(sql), sql).rejects.toMatchObject({ code: '42501' });
  }
  await staging.run('reclaim');
});

test('its password is in no log and no catalog, neither as it is nor in any form of it', async () => {
  await staging.run('lend');
  const { role, target } = staging.context.lease!;
  await using lease = await Session.open(target);
  await lease.query('select 1 as the_last_word');
  const { rolpassword } = await admin.row<{ rolpassword: string }>(
    'select rolpassword from pg_authid where rolname = $1',
    [role],
  );
  const readLog = () => readFile(staging.instance.logFile!, 'utf8');
  // the log collector writes in its own time
  await expect.poll(readLog, { timeout: 10_000 }).toContain('select 1 as the_last_word');
  const log = await readLog();
  expect(rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
  expect(log).toMatch(/create role [^;]*SCRAM-SHA-256/i);
  const texts = [log, rolpassword, JSON.stringify(staging.context.record)];
  for (const form of [target.password, Buffer.from(target.password).toString('base64')]) {
    for (const text of texts) expect(text).not.toContain(form);
  }
  expect(staging.context.redactor.redact(`it is ${target.password}`)).toBe('it is [redacted]');
  await staging.run('reclaim');
});

test('ended, it leaves the server as it was, whatever it did meanwhile', async () => {
  const before = await traces();
  await lendFor(async (session) => {
    await session.query("insert into shop.orders (id, label) values (100, 'by the lease')");
    await session.query('set role none');
    await session.query("set search_path = 'shop'");
  });
  expect(await traces()).toEqual(before);
});

test('its sessions end with it: idle, in a transaction, behind a SET ROLE', async () => {
  await staging.run('lend');
  const { role, target } = staging.context.lease!;
  await admin.query(`grant agent to ${role} with set true`);
  const sessions = await Promise.all([1, 2, 3].map(() => Session.open(target)));
  await sessions[1]!.script('begin; select from shop.orders for update');
  await sessions[2]!.query('set role agent');
  await staging.run('reclaim');
  for (const session of sessions) {
    await expect(session.query('select 1')).rejects.toThrow();
    await session.close();
  }
  await expect(Session.open(target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
});

test('a client that reconnects as fast as it can is out in the end', async () => {
  await staging.run('lend');
  const { target } = staging.context.lease!;
  let attempts = 0;
  let refused: unknown;
  const client = (async () => {
    while (refused === undefined) {
      attempts += 1;
      try {
        await using session = await Session.open(target);
        await session.query('select pg_sleep(1)');
      } catch (error) {
        if ((error as { code?: string }).code === 'CONNECT_REFUSED') refused = error;
      }
    }
  })();
  while ((await admin.query("select from pg_stat_activity where usename ~ '^agent_'")).rowCount === 0);
  await staging.run('reclaim');
  await client;
  expect(attempts).toBeGreaterThan(1);
  expect((await admin.query("select from pg_roles where rolname ~ '^agent_'")).rowCount).toBe(0);
});

test('the end is measured, and the credential is in the report with its times and rights, never its password', async () => {
  await lendFor(async () => {});
  const { record } = staging.context;
  expect(record.measurements.findLast(({ id }) => id === 'lease/ended')).toMatchObject({
    verdict: 'go',
    violations: 0,
  });
  const credential = record.credentials.at(-1)!;
  expect(credential).toMatchObject({ profile: 'agent', endedAt: expect.any(String) });
  expect(Date.parse(credential.expiresAt) - Date.parse(credential.createdAt)).toBe(600_000);
  expect(credential.rights).toContain('SELECT on shop.*');
});

test('a profile that stands above its grants is not lent', async () => {
  for (const power of ['bypassrls', 'createrole', 'createdb', 'replication', 'superuser']) {
    await admin.query(`alter role agent ${power}`);
    await expect(staging.run('lend'), power).rejects.toMatchObject({ code: 'LEASE_TOO_POWERFUL' });
    await admin.query(`alter role agent no${power}`);
  }
  expect((await admin.query("select from pg_roles where rolname ~ '^agent_'")).rowCount).toBe(0);
});

test('where nothing was lent there is nothing to reclaim', async () => {
  const before = staging.context.record.measurements.length;
  await staging.run('reclaim');
  expect(staging.context.record.measurements).toHaveLength(before);
});
