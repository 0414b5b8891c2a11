import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import {
  adminTarget,
  type Instance,
  type InstanceAddress,
  type Provider,
  type StartOrder,
  type SweptInstance,
} from '../../../stage/providers/index.ts';

/** A provider under test, and the means to look behind its back. */
export interface Subject {
  readonly provider: Provider;
  readonly home: string;
  /** An order that fails after the server has been set up in part. */
  readonly failing: Partial<StartOrder>;
  /** A program that starts an instance of the run argv[3] in the home argv[2], prints its address as JSON, and waits. */
  readonly ownerProgram: string;
  sweep(): Promise<SweptInstance[]>;
  /** What there is of a run on this machine: processes, folders, containers. */
  traces(runId: string): Promise<string[]>;
  /** Ends the server at once, as the system does when memory runs out. */
  killServer(instance: Instance): Promise<void>;
  /** Set where several runs would meet on one server: the code with which the second is refused. */
  readonly refusesSecond?: string;
  /** Set where a dead server keeps what a run made on it: the code with which that is said. */
  readonly saysWhatIsLeft?: string;
  /** What the owner program needs to know besides. */
  readonly ownerArguments?: readonly string[];
  /** The Postgres that is expected; 16 without it. */
  readonly version?: RegExp;
}

let runs = 0;

type MakeOrder = (more?: Partial<StartOrder>) => StartOrder;

function ordersFor(subject: () => Subject): MakeOrder {
  return (more = {}) => ({
    runId: `contract-${(runs += 1)}`,
    admin: 'contract_admin',
    home: subject().home,
    ...more,
  });
}

/** What each of the four providers owes its callers. `subject` is asked for inside each test. */
export function everyProviderContract(name: string, subject: () => Subject): void {
  const order = ordersFor(subject);

  describe(`${name}, as one of four providers,`, () => {
    afterEach(async () => {
      expect(await subject().sweep(), 'what a test left behind').toEqual([]);
    });

    test('gives a Postgres of the right version that answers its administrator', async () => {
      await using instance = await subject().provider.start(order());
      await using session = await logIn(instance);
      expect(await session.row('select 1 as one, current_user::text as name')).toEqual({
        one: 1,
        name: instance.admin,
      });
      expect(await session.row('show server_version')).toEqual({ server_version: instance.serverVersion });
      expect(instance.serverVersion).toMatch(subject().version ?? /^16\./);
      expect(instance.provider).toBe(name);
    });

    test('isolates two runs', async () => {
      await using one = await subject().provider.start(order());
      await using here = await logIn(one);
      const second = subject().provider.start(order());
      const { refusesSecond } = subject();
      if (refusesSecond) {
        await expect(second).rejects.toMatchObject({ code: refusesSecond });
        return;
      }
      await using other = await second;
      expect(other.port).not.toBe(one.port);
      await expect(logIn({ ...other, adminPassword: one.adminPassword })).rejects.toMatchObject({
        code: 'CONNECT_REFUSED',
      });
      await here.query('create table only_here ()');
      await using there = await logIn(other);
      expect(await there.row(`select to_regclass('only_here') as found`)).toEqual({ found: null });
    });

    test('leaves nothing after stop, which may be called twice', async () => {
      const instance = await subject().provider.start(order());
      expect(await subject().traces(instance.runId)).not.toEqual([]);
      await Promise.all([instance.stop(), instance.stop()]);
      expect(await subject().traces(instance.runId)).toEqual([]);
    });

    test('leaves nothing when a start fails half-way', async () => {
      const failing = order(subject().failing);
      await expect(subject().provider.start(failing)).rejects.toMatchObject({ name: 'DrydockError' });
      expect(await subject().traces(failing.runId)).toEqual([]);
    });

    test('is cleared after its process was killed', async () => {
      const { runId } = order();
      const orphan = await startInAnotherProcess(subject(), runId);
      await orphan.kill();
      expect(await subject().traces(runId)).not.toEqual([]);
      expect(await subject().sweep()).toMatchObject([{ runId }]);
      expect(await subject().traces(runId)).toEqual([]);
    });

    test('stops when the server was killed under it, or says what it could not take down', async () => {
      const instance = await subject().provider.start(order());
      await subject().killServer(instance);
      const { saysWhatIsLeft } = subject();
      if (saysWhatIsLeft) await expect(instance.stop()).rejects.toMatchObject({ code: saysWhatIsLeft });
      else await instance.stop();
      await subject().sweep();
      expect(await subject().traces(instance.runId)).toEqual([]);
    });
  });
}

/** What every provider of local instances owes its callers besides. `subject` is asked for inside each test. */
export function providerContract(name: string, subject: () => Subject): void {
  const order = ordersFor(subject);
  everyProviderContract(name, subject);

  describe(`${name}, as a provider of instances of one's own,`, () => {
    afterEach(async () => {
      expect(await subject().sweep(), 'what a test left behind').toEqual([]);
    });

    test('makes its administrator superuser, and nobody reaches the server once it is stopped', async () => {
      const instance = await subject().provider.start(order());
      {
        await using session = await logIn(instance);
        expect(await session.row('select rolname, rolsuper from pg_roles where rolname = current_user')).toEqual({
          rolname: 'contract_admin',
          rolsuper: true,
        });
      }
      await instance.stop();
      await expect(logIn(instance)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    });

    test('refuses a wrong password, and every login without one', async () => {
      await using instance = await subject().provider.start(order());
      await expect(logIn({ ...instance, adminPassword: 'wrong' })).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
      await using session = await logIn(instance);
      const methods = await session.query('select distinct auth_method from pg_hba_file_rules');
      expect(methods.rows).toEqual([{ auth_method: 'scram-sha-256' }]);
    });

    test('obeys the settings of the order', async () => {
      await using instance = await subject().provider.start(order({ settings: { work_mem: '7MB' } }));
      await using session = await logIn(instance);
      expect(await session.row('show work_mem')).toEqual({ work_mem: '7MB' });
    });

    test('refuses a run id that is in use, and leaves its instance alone', async () => {
      await using instance = await subject().provider.start(order());
      await expect(subject().provider.start(order({ runId: instance.runId }))).rejects.toMatchObject({
        code: 'PROVIDER_INSTANCE_EXISTS',
      });
      await expectAlive(instance);
    });

    test('stops with sessions open and a query running', async () => {
      const instance = await subject().provider.start(order());
      await using session = await logIn(instance);
      const running = expect(session.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57P01' });
      await sleep(50);
      await instance.stop();
      await running;
      expect(await subject().traces(instance.runId)).toEqual([]);
    });

    test.each([0, 5, 15, 30, 45])('leaves nothing when a start is aborted after %i ms', async (delay) => {
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const aborted = order({ signal: controller.signal });
      const starting = subject().provider.start(aborted);
      const outcome = starting.then(
        (instance) => instance.stop().then(() => 'started first'),
        (error: unknown) => error,
      );
      await sleep(delay);
      controller.abort(reason);
      expect([reason, ...(delay > 0 ? ['started first'] : [])]).toContain(await outcome);
      expect(await subject().traces(aborted.runId)).toEqual([]);
    });

    test('a sweep clears what a killed owner left, and touches nothing else', async () => {
      await using living = await subject().provider.start(order());
      const { runId } = order();
      const orphan = await startInAnotherProcess(subject(), runId);
      await orphan.kill();
      await expectAlive(orphan.address);
      const swept = await subject().sweep();
      expect(swept).toEqual([{ runId, processesEnded: expect.any(Number) }]);
      expect(swept[0]!.processesEnded).toBeGreaterThan(0);
      expect(await subject().traces(runId)).toEqual([]);
      await expectAlive(living);
    });

    test('a sweep leaves the instances of other living processes alone', async () => {
      const owner = await startInAnotherProcess(subject(), order().runId);
      try {
        expect(await subject().sweep()).toEqual([]);
        await expectAlive(owner.address);
      } finally {
        await owner.kill();
        await subject().sweep();
      }
    });

    test('sweeps beside starts and stops find nothing to do', async () => {
      let busy = true;
      const found: SweptInstance[] = [];
      const sweeping = (async () => {
        while (busy) {
          found.push(...(await subject().sweep()));
          await sleep(5); // the machine is there for the starts as well
        }
      })();
      try {
        for (let round = 0; round < 3; round += 1) await (await subject().provider.start(order())).stop();
      } finally {
        busy = false;
        await sweeping;
      }
      expect(found).toEqual([]);
    });

    test('two sweeps at once clear an orphan once', async () => {
      const { runId } = order();
      const orphan = await startInAnotherProcess(subject(), runId);
      await orphan.kill();
      const swept = await Promise.all([subject().sweep(), subject().sweep()]);
      expect(swept.flat().map((each) => each.runId)).toEqual([runId]);
      expect(await subject().traces(runId)).toEqual([]);
    });
  });
}

/** A session as an instance's administrator. */
export async function logIn(address: InstanceAddress): Promise<Session> {
  return Session.open(adminTarget(address, 'postgres'));
}

/** Fails unless the instance answers. */
export async function expectAlive(address: InstanceAddress): Promise<void> {
  await using session = await logIn(address);
  expect(await session.row('select 1 as one')).toEqual({ one: 1 });
}

interface Owner {
  readonly address: InstanceAddress;
  /** Ends the owner as `kill -9` does. */
  kill(): Promise<void>;
}

/** An instance whose owner is a process of its own. */
export async function startInAnotherProcess(subject: Subject, runId: string): Promise<Owner> {
  const child = spawn(
    process.execPath,
    [subject.ownerProgram, subject.home, runId, ...(subject.ownerArguments ?? [])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    address: JSON.parse(line) as InstanceAddress,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
