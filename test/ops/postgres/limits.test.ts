import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session, type Limits } from '../../../ops/postgres/index.ts';
import { Staging } from '../../support/staging.ts';

let staging: Staging;

beforeAll(async () => {
  staging = await Staging.start();
});

afterAll(() => staging[Symbol.asyncDispose]());

function open(limits: Partial<Limits>): Promise<Session> {
  const bounds = { lockMs: 60_000, statementMs: 60_000, until: new AbortController().signal, ...limits };
  return Session.open(staging.target('postgres'), { limits: bounds });
}

test('a session with limits waits for nobody’s lock, and for no statement, longer than they say', async () => {
  await using session = await open({ lockMs: 50, statementMs: 500 });
  await using holder = await staging.connect('postgres');
  await holder.query('create table held (a int)');
  await holder.script('begin; lock table held');
  await expect(session.query('select * from held')).rejects.toMatchObject({ code: '55P03' });
  await expect(session.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  await using beside = await session.beside('another');
  await expect(beside.query('select * from held')).rejects.toMatchObject({ code: '55P03' });
});

test('is broken off when its time is over, though the server says nothing any more', async () => {
  const over = new AbortController();
  const session = await open({ until: over.signal });
  process.kill(session.processId, 'SIGSTOP');
  const answer = expect(session.query('select 1')).rejects.toThrow('terminated');
  over.abort();
  await answer;
  await session.close();
  await expect(session.beside('another')).rejects.toThrow();
  process.kill(session.processId, 'SIGCONT');
});

test('is broken off while it is closed, and while it logs in', async () => {
  const over = new AbortController();
  const session = await open({ until: over.signal });
  process.kill(session.processId, 'SIGSTOP');
  const closing = session.close();
  const { pid } = await postmaster();
  process.kill(pid, 'SIGSTOP');
  const opening = expect(session.beside('another')).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  over.abort();
  await Promise.all([closing, opening]);
  for (const stopped of [pid, session.processId]) process.kill(stopped, 'SIGCONT');
});

async function postmaster(): Promise<{ pid: number }> {
  await using session = await staging.connect('postgres');
  return await session.row("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid");
}
