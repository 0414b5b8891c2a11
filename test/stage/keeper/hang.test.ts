import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { identifier, Session } from '../../../ops/postgres/index.ts';
import { Redactor } from '../../../ops/redact.ts';
import { makeClone, takeTemplate } from '../../../stage/clones/index.ts';
import { keep, type KeptInstance } from '../../../stage/keeper/index.ts';
import { keptProvider } from '../../../stage/keeper/provider.ts';
import { keptInstances } from '../../../stage/keeper/register.ts';
import { endLeases, keepLeases, listLeases, type Lease } from '../../../stage/leases/index.ts';
import { temporaryFolder } from '../../support/home.ts';
import { eventsOf, lend } from '../../support/leases.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

const folder = await temporaryFolder();
const place = { trail: folder.path, lockFile: join(folder.path, 'lock'), redactor: new Redactor() };
let staging: Staging;
let admin: Session;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  admin = await staging.connect();
});

afterEach(async () => {
  const roles = (await listLeases(admin)).map(({ role }) => role);
  if (roles.length > 0) await endLeases(admin, roles, { by: 'tester', reason: 'the test is over' });
});

afterAll(async () => {
  await admin?.close();
  await staging?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A keeper of the staging, which it does not take down. Its end is awaited with it. */
function keeperFor(ttlMs: number) {
  const { stop: _stop, ...address } = staging.instance;
  const { config, file } = staging.project;
  const taken = new AbortController();
  const end = keep({
    provider: keptProvider('embedded', async () => address),
    home: folder.path,
    runId: address.runId,
    admin: config.admin,
    project: config.project,
    projectFile: file,
    database: config.database,
    ttlMs,
    place,
    pid: process.pid,
    signal: taken.signal,
    tickMs: 50,
    now: () => new Date(),
    ready() {},
  });
  return { end, takeDown: () => taken.abort() };
}

/** What the keeper says of itself, once it says anything. */
async function problem(): Promise<string> {
  for (;;) {
    const [kept] = (await keptInstances(folder.path)) as [KeptInstance | undefined];
    if (kept?.problem) return kept.problem;
    await sleep(20);
  }
}

async function untilEnded(...leases: readonly Lease[]): Promise<void> {
  const waiting = new Set(leases.map(({ role }) => role));
  while ((await listLeases(admin)).some(({ role }) => waiting.has(role))) await sleep(20);
}

/** The lease takes hold of another's role, with nothing but what PUBLIC may do. */
async function holdRole(session: Session, { role }: Lease): Promise<void> {
  await session.query('begin');
  const { lo } = await session.row<{ lo: number }>('select pg_catalog.lo_create(0) as lo');
  await session.query(`grant select on large object ${lo} to ${identifier(role)}`);
}

describe('a keeper', () => {
  test('ends a lease that keeps another’s role locked when its own time is over, and then the other', async () => {
    const [hostile, victim] = [await lend(staging, admin, { ttlMs: 2500 }), await lend(staging, admin, { ttlMs: 500 })];
    await using session = await Session.open(hostile.target);
    await holdRole(session, victim);
    const { end, takeDown } = keeperFor(60_000);
    await untilEnded(hostile, victim);
    takeDown();
    expect(await end).toBe('taken down');
    expect(await eventsOf(admin, victim.role)).toEqual(['minted', 'warned', 'stuck', 'used', 'ended']);
    await expect(session.query('select 1')).rejects.toThrow();
  });

  test('takes its staging down on time, and when it is asked to, though somebody holds the books', async () => {
    await using holder = await staging.connect();
    await holder.script('begin; lock table drydock.lease');
    const timed = keeperFor(1000);
    expect(await timed.end).toBe('expired');
    const asked = keeperFor(60_000);
    expect(await problem()).toContain('The books of the leases are held by tiny_admin (drydock, process ');
    asked.takeDown();
    expect(await asked.end).toBe('taken down');
  });

  test('looks after the leases though a clone cannot be dropped', async () => {
    await using server = await staging.connect('postgres');
    const { database } = staging.project.config;
    await admin.close(); // a template is copied from a staging that nobody is in
    await takeTemplate(server, { database, after: 'apply', now: new Date() });
    admin = await staging.connect();
    const clone = { database, by: 'tester', ttlMs: 1, now: new Date() };
    const stays = await makeClone(server, { ...clone, name: 'a_stays' });
    await makeClone(server, { ...clone, name: 'b_goes' });
    await admin.script(`create schema held; grant usage on schema held to "${stays.database}_connect"`);
    const lease = await lend(staging, admin, { ttlMs: 300 });
    const { end, takeDown } = keeperFor(60_000);
    expect(await problem()).toContain('a_stays: ');
    await untilEnded(lease);
    takeDown();
    await end;
    const { rows } = await server.query("select from pg_roles where rolname like '%b_goes_connect'");
    expect(rows).toEqual([]);
    await admin.script('drop schema held');
  });
});

describe('whoever holds the books of the leases', () => {
  test.for(['drydock.lease', 'drydock.lease_reaper'])('in %s keeps no session of a lease going', async (books) => {
    const lease = await lend(staging, admin, { ttlMs: 60_000 });
    await using session = await Session.open(lease.target);
    await using holder = await staging.connect();
    await holder.script(`begin; lock table ${books}`);
    const after = new Date(Date.now() + 120_000);
    await expect(keepLeases(admin, after)).rejects.toMatchObject({
      code: 'LEASE_BOOKS_HELD',
      message: expect.stringContaining(`process ${holder.processId}`),
    });
    await expect(session.query('select 1')).rejects.toThrow();
    await holder.query('rollback');
    expect((await keepLeases(admin, after)).ended).toMatchObject([{ role: lease.role }]);
  });

  test('ends nobody’s sessions but those of leases that are over', async () => {
    const lease = await lend(staging, admin, { ttlMs: 60_000 });
    await using session = await Session.open(lease.target);
    await admin.script("create role stranger login password 'x'; grant connect on database tiny_stage to stranger");
    const stranger = await Session.open({ ...staging.target(), user: 'stranger', password: 'x' });
    await admin.script("alter role stranger valid until '2001-01-01'");
    expect((await keepLeases(admin, new Date())).policed).toEqual([]);
    expect((await stranger.query('select 1')).rowCount).toBe(1);
    expect((await session.query('select 1')).rowCount).toBe(1);
    await stranger.close();
    await admin.script('drop owned by stranger; drop role stranger');
  });
});
