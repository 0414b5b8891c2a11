import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
});
afterAll(() => staging?.[Symbol.asyncDispose]());

/** A session with a table of its own that goes with it. */
async function sessionWithTable(options: { signal?: AbortSignal } = {}): Promise<Session> {
  const session = await Session.open(staging.target('postgres'), options);
  await session.script('create temp table t (a int primary key); create temp table u (a int)');
  return session;
}

async function contents(session: Session): Promise<number[]> {
  return (await session.query<{ a: number }>('select a from t order by a')).rows.map(({ a }) => a);
}

describe('a session counts', () => {
  test('every statement it sent, those of a script one by one', async () => {
    await using session = await sessionWithTable();
    await session.query('select 1');
    await session.script('select 1; select 2; select 3');
    expect(session.meter).toEqual({ statements: 6, errors: 0 });
  });

  test('what failed, and nothing that stood behind it', async () => {
    await using session = await Session.open(staging.target('postgres'));
    await expect(session.query('select nope')).rejects.toThrow();
    await expect(session.script('select 1; select 1/0; select 2')).rejects.toMatchObject({ completed: 1 });
    await expect(session.script('select 1; selekt 2')).rejects.toMatchObject({ completed: 0 });
    expect(session.meter).toEqual({ statements: 4, errors: 3 });
  });
});

describe('a transaction', () => {
  test('is committed when its work returns', async () => {
    await using session = await sessionWithTable();
    expect(await session.transaction(async () => (await session.query('insert into t values (1)')).rowCount)).toBe(1);
    expect(await contents(session)).toEqual([1]);
  });

  test('is rolled back when its work throws, whatever it throws', async () => {
    await using session = await sessionWithTable();
    const work = (last: () => Promise<unknown>) =>
      session.transaction(async () => {
        await session.query('insert into t values (1)');
        await last();
      });
    await expect(work(() => Promise.reject(new RangeError('ours')))).rejects.toThrow(RangeError);
    await expect(work(() => session.query('select 1/0'))).rejects.toMatchObject({ code: '22012' });
    expect(await contents(session)).toEqual([]);
  });

  test('is no success when its work went on after a statement failed', async () => {
    await using session = await sessionWithTable();
    const careless = session.transaction(async () => {
      await session.query('insert into t values (1)');
      await session.query('select 1/0').catch(() => {});
    });
    await expect(careless).rejects.toThrow('A failed statement was ignored inside a transaction.');
    expect(await contents(session)).toEqual([]);
  });

  test('that is refused at commit is an error', async () => {
    await using session = await sessionWithTable();
    await session.query('alter table u add foreign key (a) references t deferrable initially deferred');
    await expect(session.transaction(() => session.query('insert into u values (9)'))).rejects.toMatchObject({
      code: '23503',
    });
    expect(await contents(session)).toEqual([]);
  });

  test('that is always rolled back gives its value and leaves nothing, even after an error', async () => {
    await using session = await sessionWithTable();
    const rehearse = (sql: string) => session.rolledBack(async () => (await session.query(sql)).rowCount);
    expect(await rehearse('insert into t values (1), (2)')).toBe(2);
    await expect(rehearse('select nope')).rejects.toMatchObject({ code: '42703' });
    expect(await contents(session)).toEqual([]);
  });

  test('keeps what stood before a part that is taken back, an error included', async () => {
    await using session = await sessionWithTable();
    await session.transaction(async () => {
      await session.query('insert into t values (1)');
      await session.takenBack(() => session.query('insert into t values (2)'));
      await expect(session.takenBack(() => session.query('insert into t values (1)'))).rejects.toMatchObject({
        code: '23505',
      });
      await session.query('insert into t values (3)');
    });
    expect(await contents(session)).toEqual([1, 3]);
  });

  test('acts as a role until its end, and no longer', async () => {
    await using session = await sessionWithTable();
    await session.query('create role "odd "" role" nologin');
    const acting = () => session.row<{ role: string }>('select current_user as role');
    const inside = await session.transaction(async () => {
      await session.setLocalRole('odd " role');
      return acting();
    });
    expect(inside.role).toBe('odd " role');
    expect((await acting()).role).toBe(staging.project.config.admin);
  });
});

test('big integers and numerics come as numbers, moments as the text of the server', async () => {
  await using session = await Session.open(staging.target('postgres'));
  const row = await session.row(
    `select 9007199254740991::bigint as big, count(*), 1.5::numeric as half, null::bigint as none,
       timestamptz '2025-09-22 15:37:06+00' as moment, date '2025-09-22' as day`,
  );
  expect(row).toEqual({
    big: 9007199254740991,
    count: 1,
    half: 1.5,
    none: null,
    moment: '2025-09-22 15:37:06+00',
    day: '2025-09-22',
  });
});

describe('a connection that cannot be had', () => {
  test('where nothing listens: which address, and why', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(Session.open({ ...staging.target(), port })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: `Cannot reach Postgres at 127.0.0.1:${port}: ECONNREFUSED.`,
    });
  });

  test('where something listens that never answers: it gives up', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(Session.open({ ...staging.target(), port }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
    server.close();
  });

  test.each([
    ['with a wrong password', { password: 'wrong' }, 'password authentication failed'],
    ['as somebody unknown', { user: 'nobody_here' }, 'password authentication failed'],
    ['for a database that is not there', { database: 'nowhere' }, 'database "nowhere" does not exist'],
  ])('%s: it is refused, and the password is not repeated', async (_what, change, said) => {
    const error = await Session.open({ ...staging.target('postgres'), ...change }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONNECT_REFUSED', message: expect.stringContaining(said) });
    expect(String(error)).not.toContain(staging.instance.adminPassword);
  });

  test('because the server has no room says so in words', async () => {
    await using admin = await staging.connect('postgres');
    await admin.query('create role narrow login connection limit 0');
    await admin.query(`alter role narrow password '${'x'.repeat(12)}'`);
    const target = { ...staging.target('postgres'), user: 'narrow', password: 'x'.repeat(12) };
    await expect(Session.open(target)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('too many connections for role "narrow"'),
    });
  });
});

describe('a session that ends early', () => {
  test('an aborted one sends no further statement', async () => {
    const controller = new AbortController();
    await using session = await sessionWithTable({ signal: controller.signal });
    const before = session.meter;
    controller.abort(new Error('enough'));
    await expect(session.query('select 1')).rejects.toThrow('enough');
    await expect(session.script('select 1; select 2')).rejects.toThrow('enough');
    expect(session.meter).toEqual(before);
  });

  test('aborted between the work and its commit, the work is rolled back', async () => {
    const controller = new AbortController();
    await using session = await Session.open(staging.target('postgres'), { signal: controller.signal });
    await using witness = await staging.connect('postgres');
    await witness.query('create table seen (a int)');
    const work = session.transaction(async () => {
      await session.query('insert into seen values (1)');
      controller.abort(new Error('enough'));
    });
    await expect(work).rejects.toThrow('enough');
    expect((await witness.query('select from seen')).rowCount).toBe(0);
  });

  test('a connection killed under a statement gives the reason of the server, also inside a transaction', async () => {
    await using admin = await staging.connect('postgres');
    for (const around of ['query', 'transaction', 'rolledBack'] as const) {
      const session = await Session.open(staging.target('postgres'));
      const sleep = () => session.query('select pg_sleep(60)');
      const work = around === 'query' ? sleep() : session[around](sleep);
      const killed = expect(work).rejects.toMatchObject({ code: '57P01' });
      await terminateSleeper(admin);
      await killed;
      await expect(session.query('select 1')).rejects.toThrow();
      await session.close();
    }
  });

  test('a connection killed while idle is an error of the next statement, not of the process', async () => {
    await using admin = await staging.connect('postgres');
    const session = await Session.open(staging.target('postgres'));
    const { pid } = await session.row<{ pid: number }>('select pg_backend_pid() as pid');
    await admin.query('select pg_terminate_backend($1, 5000)', [pid]);
    await expect(session.query('select 1')).rejects.toThrow();
    await session.close();
  });
});

describe('attempts', () => {
  const pipelined = () => Session.open(staging.target('postgres'), { pipelined: true });

  test('that are sent at once are each taken back, and each has its own answer', async () => {
    await using session = await pipelined();
    await session.script('create temp table t (a int primary key)');
    const statements = [
      'insert into t values (1)',
      'select 1/0',
      'insert into t values (1)',
      'select nope',
      'select 1',
    ];
    const answers = await Promise.allSettled(statements.map((statement) => session.attempt(statement)));
    const states = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'taken back'));
    expect(states).toEqual(['taken back', '22012', 'taken back', '42703', 'taken back']);
    expect((await session.query('select from t')).rowCount).toBe(0);
    expect(session.inTransaction).toBe(false);
  });

  test('of several statements in one are refused', async () => {
    await using session = await pipelined();
    await expect(session.attempt('commit; create table kept ()')).rejects.toMatchObject({ code: '42601' });
  });

  test('on a connection that is killed all end with an error, and none waits', async () => {
    await using admin = await staging.connect('postgres');
    const session = await pipelined();
    const answers = Promise.allSettled(['select pg_sleep(60)', 'select 1'].map((each) => session.attempt(each)));
    await terminateSleeper(admin);
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await session.close();
  });
});

/** Ends the one session that sleeps, as soon as it does. */
async function terminateSleeper(admin: Session): Promise<void> {
  for (;;) {
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where wait_event = 'PgSleep'`,
    );
    if (rowCount > 0) return;
  }
}
