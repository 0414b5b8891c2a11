import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeptSession, Session } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
});
afterAll(() => staging?.[Symbol.asyncDispose]());

/** A kept session, and how often it was opened. */
function kept(open = () => Session.open(staging.target('postgres'))) {
  const opened: Promise<Session>[] = [];
  const session = new KeptSession(() => {
    opened.push(open());
    return opened.at(-1)!;
  });
  return { session, opened };
}

async function kill(session: Session): Promise<void> {
  await using admin = await staging.connect('postgres');
  const { pid } = await session.row<{ pid: number }>('select pg_backend_pid() as pid');
  await admin.query('select pg_terminate_backend($1)', [pid]);
  while (session.isOpen) await sleep(5);
}

describe('a kept session', () => {
  test('is opened when it is first needed, once for all who need it at the same time', async () => {
    const { session, opened } = kept();
    await using _session = session;
    expect(opened).toHaveLength(0);
    const all = await Promise.all([session.session(), session.session(), session.session()]);
    expect(new Set([...all, await session.session()]).size).toBe(1);
    expect(opened).toHaveLength(1);
  });

  test('that broke is opened anew, once for all who found it broken', async () => {
    const { session, opened } = kept();
    await using _session = session;
    const first = await session.session();
    await kill(first);
    const [one, other] = await Promise.all([session.session(), session.session()]);
    expect(one).toBe(other);
    expect(one).not.toBe(first);
    expect(opened).toHaveLength(2);
    expect(await one.row('select 1 as n')).toEqual({ n: 1 });
  });

  test('that could not be opened says why to all who waited, and the next caller tries again', async () => {
    let isDown = true;
    const { session, opened } = kept(() =>
      isDown ? Promise.reject(new Error('down')) : Session.open(staging.target('postgres')),
    );
    await using _session = session;
    const waiting = [session.session(), session.session()];
    for (const one of waiting) await expect(one).rejects.toThrow('down');
    isDown = false;
    expect((await session.session()).isOpen).toBe(true);
    expect(opened).toHaveLength(2);
  });

  test('is closed with its scope; one that was never needed, or never came to be, needs no closing', async () => {
    const { session } = kept();
    const opened = await session.session();
    await session[Symbol.asyncDispose]();
    await expect(opened.query('select 1')).rejects.toThrow();
    await kept().session[Symbol.asyncDispose]();
    const failed = kept(() => Promise.reject(new Error('down'))).session;
    await failed.session().catch(() => {});
    await failed[Symbol.asyncDispose]();
  });
});
