import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier, Session } from '../../../ops/postgres/index.ts';
import {
  endLease,
  extendLease,
  keepLeases,
  leaseTimeLeft,
  listLeases,
  serverTime,
  type Lease,
} from '../../../stage/leases/index.ts';
import { eventsOf, lend } from '../../support/leases.ts';
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

const minute = 60_000;
const in_ = (milliseconds: number) => new Date(Date.now() + milliseconds);
async function detailsOf(lease: string, event: string): Promise<object[]> {
  const { rows } = await admin.query<{ detail: object }>(
    'select detail from audit.lease_event where lease = $1 and event = $2',
    [lease, event],
  );
  return rows.map(({ detail }) => detail);
}

const end = (lease: Lease) => endLease(admin, lease.role, { by: 'tester', reason: 'the test is over' });

describe('looking after leases', () => {
  test('ends a lease at its expiry and not before, and says when to look again', async () => {
    const lease = await lend(staging, admin, { ttlMs: 30 * minute });
    await using session = await Session.open(lease.target);
    const before = await keepLeases(admin, in_(29 * minute));
    expect(before).toMatchObject({ inForce: 1, ended: [], stuck: [], policed: [], nextExpiry: lease.expiresAt });
    expect((await session.query('select 1')).rowCount).toBe(1);
    const after = await keepLeases(admin, lease.expiresAt);
    expect(after).toMatchObject({ inForce: 0, nextExpiry: null });
    expect(after.ended).toMatchObject([{ role: lease.role, reason: 'expired', sessionsEnded: 1 }]);
    await expect(session.query('select 1')).rejects.toThrow();
  });

  test('with nothing to do does nothing', async () => {
    expect(await keepLeases(admin, new Date())).toEqual({
      inForce: 0,
      ended: [],
      stuck: [],
      policed: [],
      warned: [],
      nextExpiry: null,
    });
  });

  test('should the keeper die, the password stops working seconds after the expiry all the same', async () => {
    const lease = await lend(staging, admin, { ttlMs: minute, now: in_(-minute - 10_000) });
    await expect(Session.open(lease.target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
    await keepLeases(admin, new Date());
  });

  test.for([
    { budget: 'statement', over: 'select pg_sleep(60)' },
    { budget: 'idle in transaction', over: 'begin' },
    { budget: 'transaction', over: 'begin; select 1' },
  ])('ends a session over its $budget budget, whatever it set for itself', async ({ budget, over }) => {
    const limits = { statementMs: 5 * minute, idleMs: 5 * minute, transactionMs: 5 * minute };
    const key = { statement: 'statementMs', 'idle in transaction': 'idleMs', transaction: 'transactionMs' }[budget]!;
    const lease = await lend(staging, admin, { ttlMs: 30 * minute, terms: { ...limits, [key]: 50 } });
    const session = await Session.open(lease.target);
    await using well = await Session.open(lease.target);
    await session.script('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0');
    const running = session.script(over).catch((error: unknown) => error);
    await sleep(120);
    const { policed } = await keepLeases(admin, new Date());
    expect(policed).toMatchObject([{ role: lease.role, budget }]);
    await running;
    await expect(session.query('select 1')).rejects.toThrow();
    expect((await well.query('select 1')).rowCount).toBe(1);
    expect(await eventsOf(admin, lease.role)).toEqual(['minted', 'policed']);
    await end(lease);
  });

  test('warns once, ten minutes before the end, those who listen', async () => {
    const lease = await lend(staging, admin, { ttlMs: 20 * minute });
    await using session = await Session.open(lease.target);
    const heard: string[] = [];
    session.onNotification((channel, payload) => heard.push(`${channel} ${payload}`));
    await session.query('listen drydock_lease');
    expect((await keepLeases(admin, in_(9 * minute))).warned).toEqual([]);
    expect((await keepLeases(admin, in_(11 * minute))).warned).toEqual([lease.role]);
    expect((await keepLeases(admin, in_(12 * minute))).warned).toEqual([]);
    await session.query('select 1');
    expect(heard).toEqual([
      `drydock_lease ${JSON.stringify({ lease: lease.role, expiresAt: lease.expiresAt.toISOString() })}`,
    ]);
    await end(lease);
  });

  test('a lease whose database is gone keeps no other from being warned and ended', async () => {
    await admin.script('create database short_lived');
    await admin.query("select drydock.open_database('short_lived')");
    const gone = await lend(staging, admin, { ttlMs: minute, database: 'short_lived' });
    const next = await lend(staging, admin, { ttlMs: 5 * minute });
    await admin.script('drop database short_lived');
    expect((await keepLeases(admin, new Date())).warned).toEqual([gone.role, next.role]);
    const [told] = await detailsOf(gone.role, 'warned');
    expect(told).toMatchObject({ unheard: expect.stringContaining('short_lived') });
    const { ended, stuck } = await keepLeases(admin, in_(6 * minute));
    expect([ended.map(({ role }) => role), stuck]).toEqual([[gone.role, next.role], []]);
    await admin.script(
      "delete from drydock.contract_right where object_name = 'short_lived'; drop role short_lived_connect",
    );
    await admin.script("delete from drydock.declared_role where name = 'short_lived_connect'");
  });

  test('a lease can see how long it has left', async () => {
    const lease = await lend(staging, admin, { ttlMs: 7 * minute, now: await serverTime(admin) });
    await using session = await Session.open(lease.target);
    const left = await leaseTimeLeft(session);
    expect(left).toBeGreaterThan(6 * minute);
    expect(left).toBeLessThanOrEqual(7 * minute);
    expect(await leaseTimeLeft(admin)).toBeUndefined();
    await end(lease);
  });
});

describe('moving the end of a lease', () => {
  test('works within what was allowed when it was minted, and is written down', async () => {
    const lease = await lend(staging, admin, { ttlMs: minute, terms: { maximumMs: 60 * minute } });
    const later = await extendLease(admin, lease.role, { ttlMs: 30 * minute, by: 'tester', now: new Date() });
    expect((await listLeases(admin))[0]!.expiresAt).toEqual(later.expiresAt);
    expect((await keepLeases(admin, in_(2 * minute))).ended).toEqual([]);
    await expect(
      extendLease(admin, lease.role, { ttlMs: 61 * minute, by: 'tester', now: new Date() }),
    ).rejects.toMatchObject({ code: 'LEASE_TTL' });
    expect(await eventsOf(admin, lease.role)).toEqual(['minted', 'extended']);
    await end(lease);
  });

  test('is refused for one that is over, and for one that is not there', async () => {
    const lease = await lend(staging, admin, { ttlMs: minute });
    const order = { ttlMs: minute, by: 'tester', now: in_(2 * minute) };
    await expect(extendLease(admin, lease.role, order)).rejects.toMatchObject({ code: 'LEASE_ENDING' });
    await expect(extendLease(admin, 'nobody', order)).rejects.toMatchObject({ code: 'LEASE_UNKNOWN' });
    await end(lease);
  });
});

describe('minting', () => {
  test('a lease lasts for more than nothing and no longer than the project allows', async () => {
    const terms = { maximumMs: minute };
    await expect(lend(staging, admin, { ttlMs: minute + 1, terms })).rejects.toMatchObject({ code: 'LEASE_TTL' });
    await expect(lend(staging, admin, { ttlMs: 0 })).rejects.toMatchObject({ code: 'LEASE_TTL' });
    expect(await listLeases(admin)).toEqual([]);
  });

  test('refuses a profile that reaches a role above grants, and leaves nothing', async () => {
    await admin.script('create role powerful bypassrls; grant powerful to agent');
    await expect(lend(staging, admin)).rejects.toMatchObject({ code: 'LEASE_TOO_POWERFUL' });
    await admin.script('revoke powerful from agent; drop role powerful');
    const { roles } = await admin.row<{ roles: number }>(
      "select count(*) as roles from pg_roles where rolname like 'agent\\_%'",
    );
    expect(roles).toBe(0);
  });

  test('takes the longest names that Postgres has, letters of several bytes included', async () => {
    const profile = `${'ü'.repeat(31)}x`;
    await admin.script(`create role ${identifier(profile)}; grant agent to ${identifier(profile)}`);
    const lease = await lend(staging, admin, { profile });
    await using session = await Session.open(lease.target);
    expect((await session.row<{ me: string }>('select current_user as me')).me).toBe(lease.role);
    await end(lease);
    await admin.query(`drop role ${identifier(profile)}`);
  });

  test('opens one database only, and a clone once it is declared', async () => {
    await admin.query('create database clone_a');
    await expect(lend(staging, admin, { database: 'clone_a' })).rejects.toMatchObject({ code: 'LEASE_NO_DATABASE' });
    await admin.query("select drydock.open_database('clone_a')");
    const lease = await lend(staging, admin, { database: 'clone_a' });
    await using _session = await Session.open(lease.target);
    await expect(Session.open({ ...lease.target, database: 'tiny_stage' })).rejects.toThrow(/permission denied/);
    await end(lease);
    await admin.script('drop database clone_a');
  });
});

describe('what a lease was used for', () => {
  test('is counted from the server’s log and the change log', async () => {
    const lease = await lend(staging, admin);
    const session = await Session.open(lease.target);
    await session.query('insert into shop.orders (id, label) values ($1, $2)', [991, 'a customer']);
    await session.script("update shop.orders set note = 'b' where id = 991; select 1; select * from views.orders_open");
    await session.query('delete from shop.orders').catch(() => {});
    await session.query('select * from audit.change_log').catch(() => {});
    const { usage } = await endLease(admin, lease.role, {
      by: 'tester',
      reason: 'revoked',
      logFile: staging.instance.logFile,
    });
    await session.close();
    expect(usage).toMatchObject({
      connections: 1,
      statements: { insert: 1, update: 1, select: 3, delete: 1 },
      rowsWritten: [
        { table: 'shop.orders', operation: 'INSERT', rows: 1 },
        { table: 'shop.orders', operation: 'UPDATE', rows: 1 },
      ],
    });
    expect(usage.refused!.map(({ message }) => message)).toEqual([
      'permission denied for table orders',
      'permission denied for schema audit',
    ]);
    expect(usage.neverUsed).toEqual(['SELECT on desk: 1 of 1', 'SELECT on shop: 1 of 1']);
  });

  test('is not read from a statement of megabytes, which would keep everybody else’s end waiting', async () => {
    const lease = await lend(staging, admin);
    const session = await Session.open(lease.target);
    await session.query(`select ${'1,'.repeat(100_000)}1`).catch(() => {});
    await session.query('select 1');
    const { usage } = await endLease(admin, lease.role, {
      by: 'tester',
      reason: 'revoked',
      logFile: staging.instance.logFile,
    });
    await session.close();
    expect(usage).toMatchObject({
      statementsFrom: "the server's log, without 1 statement too long to be read",
      statements: { select: 1 },
      neverUsed: null,
    });
  });

  test('is said to be not observable where there is no log, never zero', async () => {
    const lease = await lend(staging, admin);
    const { usage } = await end(lease);
    expect(usage).toMatchObject({
      statementsFrom: 'not observable on this server',
      statements: null,
      connections: null,
    });
  });
});
