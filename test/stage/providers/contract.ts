import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import type { Instance, InstanceAddress, Provider, StartOrder, SweptInstance } from '../../../stage/providers/index.ts';

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
}

let runs = 0;

/** What every provider of local instances owes its callers. `subject` is asked for inside each test. */
export function providerContract(name: string, subject: () => Subject): void {
  const order = (more: Partial<StartOrder> = {}): StartOrder => ({
    runId: `contract-${(runs += 1)}`,
    admin: 'contract_admin',
    home: subject().home,
    ...more,
  });

  describe(`${name}, as a provider,`, () => {
    afterEach(async () => {
      expect(await subject().sweep(), 'what a test left behind').toEqual([]);
    });

    test('starts Postgres 16 and lets its administrator in', async () => {
      await using instance = await subject().provider.start(order());
      await using session = await logIn(instance);
      const who = await session.row(
        'select 1 as one, current_user as name, rolsuper from pg_roles where rolname = current_user',
      );
      expect(who).toEqual({ one: 1, name: 'contract_admin', rolsuper: true });
      expect(await session.row('show server_version')).toEqual({ server_version: instance.serverVersion });
      expect(instance.serverVersion).toMatch(/^16\./);
      expect(instance.provider).toBe(name);
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

    test('keeps two instances at once apart', async () => {
      await using one = await subject().provider.start(order());
      await using other = await subject().provider.start(order());
      expect(other.port).not.toBe(one.port);
      await expect(logIn({ ...other, adminPassword: one.adminPassword })).rejects.toMatchObject({
        code: 'CONNECT_REFUSED',
      });
      await using here = await logIn(one);
      await here.query('create table only_here ()');
      await using there = await logIn(other);
      expect(await there.row(`select to_regclass('only_here') as found`)).toEqual({ found: null });
    });

    test('refuses a run id that is in use, and leaves its instance alone', async () => {
      await using instance = await subject().provider.start(order());
      await expect(subject().provider.start(order({ runId: instance.runId }))).rejects.toMatchObject({
        code: 'PROVIDER_INSTANCE_EXISTS',
      });
      await expectAlive(instance);
    });

    test('leaves nothing after stop, which may be called twice', async () => {
      const instance = await subject().provider.start(order());
      expect(await subject().traces(instance.runId)).not.toEqual([]);
      await Promise.all([instance.stop(), instance.stop()]);
      expect(await subject().traces(instance.runId)).toEqual([]);
      await expect(logIn(instance)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
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

    test('leaves nothing when a start fails half-way', async () => {
      const failing = order(subject().failing);
      await expect(subject().provider.start(failing)).rejects.toMatchObject({ name: 'DrydockError' });
      expect(await subject().traces(failing.runId)).toEqual([]);
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

    test('stops cleanly when the server was killed under it', async () => {
      const instance = await subject().provider.start(order());
      await subject().killServer(instance);
      await instance.stop();
      expect(await subject().traces(instance.runId)).toEqual([]);
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
export async function logIn({ host, port, admin, adminPassword }: InstanceAddress): Promise<Session> {
  return Session.open({ host, port, user: admin, password: adminPassword, database: 'postgres' });
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
  const child = spawn(process.execPath, [subject.ownerProgram, subject.home, runId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    address: JSON.parse(line) as InstanceAddress,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
