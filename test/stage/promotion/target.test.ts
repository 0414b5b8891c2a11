import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { QueueWatch } from '../../../stage/promotion/target.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap', 'apply');
});
afterAll(() => staging[Symbol.asyncDispose]());

const holdsALock = 'lock table shop.orders in access exclusive mode; select pg_sleep(20)';

/** Somebody who wants what is locked; ends when it is given or the session is. */
async function waiter(session: Session): Promise<void> {
  await session.query('select count(*) from shop.orders').catch(() => {});
}

/** A change that sleeps with a lock while so many wait for it, watched with patience for so many. */
async function watched(waiting: number, most: number, signal = new AbortController().signal) {
  await using open = new AsyncDisposableStack();
  const change = open.use(await staging.connect());
  const sessions = await Promise.all(Array.from({ length: waiting }, () => staging.connect()));
  for (const session of sessions) open.use(session);
  await using watch = await QueueWatch.over(change, most, signal);
  await change.query('begin');
  const ended = change.script(holdsALock).then(
    () => 'slept',
    (error: { cause?: { code?: string } } & Error) => error.message,
  );
  await using admin = await staging.connect('postgres');
  await expect.poll(async () => (await admin.row<{ n: number }>(locks)).n, { timeout: 10_000 }).toBeGreaterThan(0);
  const waits = sessions.map(waiter);
  if (waiting > most || signal.aborted) {
    const said = await ended;
    await change.query('rollback');
    await Promise.all(waits);
    return { said, tripped: watch.tripped, longest: watch.longest };
  }
  await expect.poll(() => watch.longest, { timeout: 10_000 }).toBe(waiting);
  const tripped = watch.tripped;
  await admin.query(`select pg_cancel_backend(pid) from pg_stat_activity where query like 'lock table%'`);
  await ended;
  await change.query('rollback');
  await Promise.all(waits);
  return { said: 'left alone', tripped, longest: watch.longest };
}

const locks = `select count(*) as n from pg_locks where mode = 'AccessExclusiveLock' and granted and relation is not null`;

describe('the queue behind a change', () => {
  test('ends it when it is longer than is allowed', async () => {
    const { said, tripped, longest } = await watched(2, 1);
    expect(said).toMatch(/canceling statement/);
    expect([tripped, longest]).toEqual([true, 2]);
  });

  test('leaves it alone while it is as long as is allowed', async () => {
    expect(await watched(1, 1)).toEqual({ said: 'left alone', tripped: false, longest: 1 });
  });

  test('is not blamed where somebody cancels', async () => {
    const { said, tripped } = await watched(0, 5, AbortSignal.abort());
    expect(said).toMatch(/canceling statement/);
    expect(tripped).toBe(false);
  });
});
