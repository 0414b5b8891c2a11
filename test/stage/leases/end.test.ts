import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier, Session } from '../../../ops/postgres/index.ts';
import { endLease, keepLeases, listLeases, type Lease } from '../../../stage/leases/index.ts';
import { eventsOf, everythingGranted, lend } from '../../support/leases.ts';
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

const revoked = () => ({ by: 'tester', reason: 'revoked' });

describe('the end of a lease', () => {
  test('leaves the server exactly as it was before the lease was minted', async () => {
    const before = await everythingGranted(admin);
    const lease = await lend(staging, admin);
    expect(await everythingGranted(admin)).not.toBe(before);
    const ended = await endLease(admin, lease.role, revoked());
    expect(ended).toMatchObject({ role: lease.role, reason: 'revoked', sessionsEnded: 0, traces: 0 });
    expect(await everythingGranted(admin)).toBe(before);
    await expect(Session.open(lease.target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
  });

  test('ends every session: running, in a transaction with a cursor and locks, behind a SET ROLE', async () => {
    const lease = await lend(staging, admin);
    const running = await Session.open(lease.target);
    const sleeping = running.query('select pg_sleep(60)').catch((error: unknown) => error);
    const open = await Session.open(lease.target);
    await open.script('begin; declare everything cursor for select 1; fetch everything; select pg_advisory_lock(1)');
    const masked = await Session.open(lease.target);
    await letActAsProfile(lease);
    await masked.script('set role agent');
    const ended = await endLease(admin, lease.role, revoked());
    expect(ended.sessionsEnded).toBe(3);
    expect(await sleeping).toMatchObject({ code: '57P01' });
    await expect(open.query('select 1')).rejects.toThrow();
    await expect(masked.query('select 1')).rejects.toThrow();
  });

  test('is not delayed by clients that hold their own role in an open transaction and reconnect', async () => {
    const lease = await lend(staging, admin);
    let isOver = false;
    const clients = Array.from({ length: 6 }, async () => {
      while (!isOver) await holdOwnRole(lease).catch(() => sleep(1));
    });
    await untilSessions(lease, 1);
    await using _stays = await Session.open(lease.target); // between two logins of the others there may be none of them
    const ended = await endLease(admin, lease.role, revoked());
    isOver = true;
    await Promise.all(clients);
    expect(ended.sessionsEnded).toBeGreaterThan(0);
    expect(await listLeases(admin)).toEqual([]);
  });

  test('takes back what others granted, each as the one who granted it, in every database', async () => {
    await admin.script('create database elsewhere');
    const before = await everythingGranted(admin);
    const lease = await lend(staging, admin);
    await using elsewhere = await staging.connect('elsewhere');
    await admin.query('create role "Gra""ntor" nologin');
    for (const session of [admin, elsewhere]) await session.script(grantsToEverything(lease));
    await admin.query(`grant set on parameter log_statement to ${identifier(lease.role)}`);
    const ended = await endLease(admin, lease.role, revoked());
    expect(ended.removals.map(({ database }) => database).sort()).toEqual(['elsewhere', 'tiny_stage']);
    for (const { revoked: grants, objects } of ended.removals) {
      expect(grants).toContain('SELECT on table "odd "" schema"."T;1", granted by Gra"ntor');
      expect(objects).toContain('table "odd "" schema".mine');
    }
    for (const session of [admin, elsewhere]) {
      await session.script('drop schema "odd "" schema" cascade; select lo_unlink(4711); drop owned by "Gra""ntor"');
    }
    await admin.query('drop role "Gra""ntor"');
    expect(await everythingGranted(admin)).toBe(before);
  });

  test('ends a login that lingers where no list of sessions shows it, and nobody else’s', async () => {
    const [lease, other] = [await lend(staging, admin), await lend(staging, admin)];
    const lingering = [lease, other].map((each) => Session.open(each.target, { startup: '-c post_auth_delay=3' }));
    await untilLingering(2);
    const { sessionsEnded } = await endLease(admin, lease.role, revoked());
    expect(sessionsEnded).toBe(1);
    await expect(lingering[0]!.then((session) => session.query('select 1'))).rejects.toThrow();
    await using session = await lingering[1]!;
    expect((await session.query('select 1')).rowCount).toBe(1);
    await endLease(admin, other.role, revoked());
  });

  test('gives what the lease owns to an heir when one is named', async () => {
    const lease = await lend(staging, admin);
    await admin.script(`create schema kept; grant create, usage on schema kept to ${identifier(lease.role)}`);
    await using session = await Session.open(lease.target);
    await session.query('create table kept.results as select 42 as answer');
    await endLease(admin, lease.role, { ...revoked(), heir: 'shop_owner' });
    const { owner } = await admin.row<{ owner: string }>(
      "select relowner::regrole::text as owner from pg_class where oid = 'kept.results'::regclass",
    );
    expect(owner).toBe('shop_owner');
    await admin.query('drop schema kept cascade');
  });

  test('that cannot be finished names the object, keeps the login locked out, and is finished later', async () => {
    const lease = await lend(staging, admin);
    await admin.script(`create schema busy; grant create, usage on schema busy to ${identifier(lease.role)}`);
    await using session = await Session.open(lease.target);
    await session.query('create table busy.base (a int)');
    await admin.query('create view busy.on_it as select * from busy.base');
    await expect(endLease(admin, lease.role, revoked())).rejects.toMatchObject({
      code: 'LEASE_NOT_ENDED',
      message: expect.stringContaining('view busy.on_it depends on table busy.base'),
    });
    await expect(Session.open(lease.target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
    const [stuck] = await listLeases(admin);
    expect(stuck).toMatchObject({
      role: lease.role,
      reason: 'revoked',
      problem: expect.stringContaining('busy.on_it'),
    });

    const again = await keepLeases(admin, new Date());
    expect(again.stuck).toHaveLength(1);
    await admin.query('drop view busy.on_it');
    const finished = await keepLeases(admin, new Date());
    expect(finished.ended).toMatchObject([{ role: lease.role, reason: 'revoked', traces: 0 }]);
    await admin.query('drop schema busy');
    expect(await eventsOf(admin, lease.role)).toEqual(['minted', 'stuck', 'used', 'ended']);
  });

  test.for(['noting it', 'NOLOGIN', 'taking the rights', 'somebody dropped the role by hand'])(
    'goes on where one that was killed stopped: after %s',
    async (killedAfter) => {
      const lease = await lend(staging, admin);
      const role = identifier(lease.role);
      await admin.query(
        "update drydock.lease set ending_since = now(), end_reason = 'revoked', ended_by = 'the killed one' where role_name = $1",
        [lease.role],
      );
      if (killedAfter !== 'noting it') await admin.query(`alter role ${role} nologin`);
      if (killedAfter === 'taking the rights') await admin.script(`drop owned by ${role}; revoke agent from ${role}`);
      if (killedAfter === 'somebody dropped the role by hand') await admin.query(`drop role ${role}`);
      const { ended, stuck } = await keepLeases(admin, new Date(), { by: 'the next one' });
      expect(stuck).toEqual([]);
      expect(ended).toMatchObject([{ role: lease.role, reason: 'revoked' }]);
      expect(await eventsOf(admin, lease.role)).toEqual(['minted', 'used', 'ended']);
    },
  );

  test('by two at the same time happens once', async () => {
    const lease = await lend(staging, admin);
    await using other = await staging.connect();
    const both = await Promise.allSettled([
      endLease(admin, lease.role, revoked()),
      endLease(other, lease.role, { ...revoked(), by: 'somebody else' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'LEASE_UNKNOWN' } });
    expect((await eventsOf(admin, lease.role)).filter((event) => event === 'ended')).toHaveLength(1);
  });

  test('of a role that was dropped under its sessions ends the sessions too', async () => {
    const lease = await lend(staging, admin);
    await using ghost = await Session.open(lease.target);
    await letActAsProfile(lease);
    await ghost.query('set role agent');
    await admin.query(`drop role ${identifier(lease.role)}`);
    const ended = await endLease(admin, lease.role, revoked());
    expect(ended.sessionsEnded).toBe(1);
    await expect(ghost.query('select 1')).rejects.toThrow();
  });

  test('one lease that cannot be ended does not keep another from ending', async () => {
    const [first, second] = [await lend(staging, admin), await lend(staging, admin)];
    await admin.script(`create database owned_by_it owner ${identifier(first.role)}`);
    const later = new Date(Date.now() + 120_000);
    const { ended, stuck } = await keepLeases(admin, later);
    expect(stuck).toMatchObject([
      { role: first.role, problem: expect.stringContaining('owner of database owned_by_it') },
    ]);
    expect(ended).toMatchObject([{ role: second.role, reason: 'expired' }]);
    await admin.script('drop database owned_by_it');
    expect((await keepLeases(admin, later)).ended).toHaveLength(1);
  });
});

/** Rights by several grantors, objects, policies and defaults, under names that have to be quoted. */
function grantsToEverything(lease: Lease): string {
  const role = identifier(lease.role);
  return `
    create schema "odd "" schema";
    create table "odd "" schema"."T;1" (a int, "b""" int);
    grant usage, create on schema "odd "" schema" to "Gra""ntor" with grant option;
    grant select, insert, update on "odd "" schema"."T;1" to "Gra""ntor" with grant option;
    create function "odd "" schema"."f'"() returns int language sql as 'select 1';
    set role "Gra""ntor";
    grant usage, create on schema "odd "" schema" to ${role};
    grant select on "odd "" schema"."T;1" to ${role} with grant option;
    alter default privileges for role "Gra""ntor" grant select on tables to ${role};
    alter default privileges for role "Gra""ntor" in schema "odd "" schema" grant execute on routines to ${role};
    reset role;
    grant insert ("b""") on "odd "" schema"."T;1" to ${role};
    grant execute on function "odd "" schema"."f'"() to ${role};
    create policy for_it on "odd "" schema"."T;1" to ${role} using (true);
    set role ${role};
    create table "odd "" schema".mine (a int);
    grant select on "odd "" schema"."T;1" to desk_service;
    reset role;
    select lo_create(4711);
    grant select on large object 4711 to ${role};
  `;
}

/** What minting does not: the lease could then act as its profile. */
async function letActAsProfile(lease: Lease): Promise<void> {
  await admin.query(`grant agent to ${identifier(lease.role)} with set true`);
}

async function holdOwnRole(lease: Lease): Promise<void> {
  await using session = await Session.open(lease.target);
  await session.script(`begin; alter role current_user set work_mem = '1MB'; alter role current_user password 'mine'`);
  await sleep(200);
  await session.query('commit');
}

/** Logins that are under way: they hold a transaction, and are no session yet. */
async function untilLingering(count: number): Promise<void> {
  for (;;) {
    const { rows } = await admin.query(
      `select pid from pg_locks where locktype = 'object' and pid not in (select pid from pg_stat_activity)`,
    );
    if (rows.length === count) return;
    await sleep(5);
  }
}

async function untilSessions(lease: Lease, count: number): Promise<void> {
  for (;;) {
    const found = (await listLeases(admin)).find(({ role }) => role === lease.role);
    if (found && found.sessions >= count) return;
    await sleep(5);
  }
}
