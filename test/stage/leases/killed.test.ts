import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifier, Session } from '../../../ops/postgres/index.ts';
import { endLease, keepLeases, listLeases } from '../../../stage/leases/index.ts';
import { everythingGranted, lend } from '../../support/leases.ts';
import { SeveringProxy } from '../../support/severing-proxy.ts';
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

/** Does something as a process that is killed before its nth message. @returns whether it got to its end */
async function killedAfter(messages: number, work: (session: Session) => Promise<unknown>): Promise<boolean> {
  await using proxy = await SeveringProxy.before(staging.target(), messages);
  const working = (async () => {
    await using session = await Session.open({ ...staging.target(), host: '127.0.0.1', port: proxy.port });
    await work(session);
  })();
  const [outcome] = await Promise.allSettled([working]);
  if (outcome.status === 'rejected' && proxy.isWhole) throw outcome.reason;
  return proxy.isWhole;
}

/** The next reap: what was minted in the meantime is over by then. */
const reap = () => keepLeases(admin, new Date(Date.now() + 3_600_000));

test('whoever mints a lease may be killed at any message: the next reap leaves nothing of it', async () => {
  const before = await everythingGranted(admin);
  let messages = 0;
  for (let isWhole = false; !isWhole; messages += 1) {
    isWhole = await killedAfter(messages, (session) => lend(staging, session));
    await untilRolledBack();
    expect((await reap()).stuck).toEqual([]);
    expect([messages, await everythingGranted(admin)]).toEqual([messages, before]);
  }
  expect(messages).toBeGreaterThan(10);
});

test('whoever ends a lease may be killed at every other message: the next reap finishes, and says so once', async () => {
  await admin.script('create schema shared; grant usage, create on schema shared to public');
  const before = await everythingGranted(admin);
  let messages = 0;
  for (let isWhole = false; !isWhole; messages += 2) {
    const lease = await lend(staging, admin);
    await using session = await Session.open(lease.target);
    await session.query('create table shared.of_it (n int)');
    await admin.script(`set role shop_owner; grant delete on shop.orders to ${identifier(lease.role)}; reset role`);
    isWhole = await killedAfter(messages, (other) =>
      endLease(other, lease.role, { by: 'the killed one', reason: 'revoked' }),
    );
    await untilRolledBack();
    expect((await reap()).stuck).toEqual([]);
    expect([messages, await everythingGranted(admin)]).toEqual([messages, before]);
    expect(await listLeases(admin)).toEqual([]);
    await expect(session.query('select 1')).rejects.toThrow();
    const { rowCount } = await admin.query("select from audit.lease_event where lease = $1 and event = 'ended'", [
      lease.role,
    ]);
    expect([messages, rowCount]).toEqual([messages, 1]);
  }
  expect(messages).toBeGreaterThan(20);
});

/** A server notices the end of a client that was killed a moment later. */
async function untilRolledBack(): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query(
      "select from pg_stat_activity where backend_type = 'client backend' and usename = current_user and pid <> pg_backend_pid()",
    );
    if (rowCount === 0) return;
  }
}
