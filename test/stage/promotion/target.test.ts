import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QueueWatch } from '../../../stage/promotion/target.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap', 'apply');
});
afterAll(() => staging[Symbol.asyncDispose]());

const wait = { timeout: 10_000, interval: 20 };

/**
 * A change that holds a lock for as long as it is let, watched with patience for so many who wait.
 * @param then what happens once they wait: it ends the change where the watch does not
 */
async function watched(
  { waiting, most }: { waiting: number; most: number },
  then: (watch: QueueWatch, change: { cancel(): Promise<unknown>; abort(): void }) => Promise<unknown>,
) {
  await using open = new AsyncDisposableStack();
  const [change, admin] = [open.use(await staging.connect()), open.use(await staging.connect('postgres'))];
  const { pid } = await change.row<{ pid: number }>('select pg_backend_pid() as pid');
  const sessions = await Promise.all(Array.from({ length: waiting }, () => staging.connect()));
  for (const session of sessions) open.use(session);
  const controller = new AbortController();
  await using watch = await QueueWatch.over(change, most, controller.signal);
  await change.script('begin; lock table shop.orders in access exclusive mode');
  const ended = change.query('select pg_sleep(30)').catch((error: Error) => error.message);
  const waits = sessions.map((session) => session.query('select count(*) from shop.orders'));
  await then(watch, {
    cancel: () => admin.query('select pg_cancel_backend($1)', [pid]),
    abort: () => controller.abort(),
  });
  const said = await ended;
  await watch.end();
  const { tripped, longest } = watch;
  await change.query('rollback');
  await Promise.all(waits);
  return { said, tripped, longest };
}

describe('the queue behind a change', () => {
  test('ends it when it is longer than is allowed', async () => {
    expect(await watched({ waiting: 2, most: 1 }, async () => {})).toEqual({
      said: expect.stringContaining('canceling statement'),
      tripped: true,
      longest: 2,
    });
  });

  test('leaves it alone while it is as long as is allowed', async () => {
    const untilSeen = await watched({ waiting: 1, most: 1 }, async (watch, { cancel }) => {
      await expect.poll(() => watch.longest, wait).toBe(1);
      expect(watch.tripped).toBe(false);
      await cancel();
    });
    expect(untilSeen).toMatchObject({ tripped: false, longest: 1 });
  });

  test('is not blamed where somebody cancels, who ends it too', async () => {
    const cancelled = await watched({ waiting: 0, most: 5 }, async (_watch, { abort }) => abort());
    expect(cancelled).toMatchObject({ said: expect.stringContaining('canceling statement'), tripped: false });
  });
});
