import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDuration } from '../../../ops/config/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { Redactor } from '../../../ops/redact.ts';
import { dropClone, listClones, makeClone, takeTemplate } from '../../../stage/clones/index.ts';
import { keepItsClones } from '../../../stage/keeper/clones.ts';
import { keepItsLeases } from '../../../stage/keeper/leases.ts';
import type { KeptInstance } from '../../../stage/keeper/index.ts';
import { listLeases, serverTime } from '../../../stage/leases/index.ts';
import { lend as stepThatLends } from '../../../stage/steps/lend.ts';
import { temporaryFolder } from '../../support/home.ts';
import { lend } from '../../support/leases.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

const hour = 3_600_000;
const minute = 60_000;
const folder = await temporaryFolder();
const place = { trail: folder.path, lockFile: join(folder.path, 'lock'), redactor: new Redactor() };
let staging: Staging;
let admin: Session;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  await using server = await staging.connect('postgres');
  await takeTemplate(server, { database: staging.project.config.database, after: 'apply', now: new Date() });
  admin = await staging.connect();
});

afterAll(async () => {
  await admin?.close();
  await staging?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** The clock of a machine that is not the server's. */
const clockOff = (ms: number) => () => new Date(Date.now() + ms);

/** Looks after the leases as the keeper does on a tick, with a clock of its own. */
async function tick(now: () => Date): Promise<Date | null> {
  await using session = await staging.connect('postgres');
  return await keepItsLeases(session, kept(), { place, now });
}

function kept(): KeptInstance {
  const { stop: _stop, ...address } = staging.instance;
  const known: Pick<KeptInstance, 'database' | 'address'> = { database: staging.project.config.database, address };
  return known as KeptInstance;
}

const inForce = async () => (await listLeases(admin)).map(({ role }) => role);

describe.each([
  ['an hour behind', -hour],
  ['an hour ahead', hour],
])('with a clock %s', (_where, offMs) => {
  test('the run’s credential lasts as long as it should by the server’s clock, and logs in', async () => {
    const context = { ...staging.context, now: clockOff(offMs) };
    await stepThatLends.run(context);
    const { expiresAt, target } = context.lease!;
    const ttlMs = parseDuration(staging.project.config.lease.ttl);
    const left = expiresAt.getTime() - (await serverTime(admin)).getTime();
    expect(left).toBeGreaterThan(ttlMs - minute);
    expect(left).toBeLessThanOrEqual(ttlMs);
    await using session = await Session.open(target);
    expect((await session.query('select')).rowCount).toBe(1);
    staging.context.lease = context.lease;
    await staging.run('reclaim');
  });

  test('a keeper ends what is over for the server and nothing else, and knows when to look again', async () => {
    const serverNow = (await serverTime(admin)).getTime();
    const over = await lend(staging, admin, { ttlMs: minute, now: new Date(serverNow - 2 * minute) });
    const lasting = await lend(staging, admin, { ttlMs: 10 * minute, now: new Date(serverNow) });
    const now = clockOff(offMs);
    const next = await tick(now);
    expect(await inForce()).toEqual([lasting.role]);
    expect(await readFile(join(folder.path, `${now().toISOString().slice(0, 10)}.md`), 'utf8')).toContain(over.role);
    const waitMs = next!.getTime() - now().getTime();
    expect(waitMs).toBeGreaterThan(9 * minute);
    expect(waitMs).toBeLessThanOrEqual(10 * minute);
    await admin.query("update drydock.lease set minted_at = minted_at - interval '1 day', expires_at = now()");
    await tick(now);
    expect(await inForce()).toEqual([]);
  });

  test('a keeper drops a clone that is over for the server and no other, and knows when to look again', async () => {
    const { database } = staging.project.config;
    await using server = await staging.connect('postgres');
    const serverNow = await serverTime(server);
    const before = (ms: number) => new Date(serverNow.getTime() - ms);
    const clone = (name: string, made: Date) =>
      makeClone(server, { database, name, by: 'tester', ttlMs: 10 * minute, now: made });
    await clone('over', before(20 * minute));
    await clone('lasting', before(minute));
    const now = clockOff(offMs);
    const next = await keepItsClones(server, kept(), { place, now });
    expect((await listClones(server, database)).map(({ name }) => name)).toEqual(['lasting']);
    const waitMs = next!.getTime() - now().getTime();
    expect(waitMs).toBeGreaterThan(8 * minute);
    expect(waitMs).toBeLessThanOrEqual(9 * minute);
    await dropClone(server, { database, name: 'lasting', by: 'tester' });
  });
});
