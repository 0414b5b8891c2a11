import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { identifier, literal, type Target } from '../../../ops/postgres/index.ts';
import { keepSchedule, jobSchema } from '../../../stage/jobs/index.ts';
import { Staging } from '../../support/staging.ts';

const program = join(import.meta.dirname, '../../support/job-machine.ts');
const patience = { timeout: 30_000, interval: 100 };

let server: Staging;
beforeAll(async () => {
  server = await Staging.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test('machines that share a schedule do each run once between them', async () => {
  const target = await database('shared');
  const names = Array.from({ length: 8 }, (_, n) => `job_${n}`);
  {
    await using machines = startMachines(['a', 'b', 'c'], { target, names, schedule: onceSoon(), takesMs: 0 });
    await vi.waitFor(() => expect(new Set(machines.runs())).toEqual(new Set(names)), patience);
    await machines.ready();
    await looksAtTheClock(target, 4);
    expect(machines.runs().sort()).toEqual(names);
  }
  expect((await doneIn(target)).map(({ name }) => name)).toEqual(names);
});

test('a run that its machine does not bring to an end is done by another', async () => {
  const target = await database('ended');
  const order = { target, names: ['long'], schedule: always };
  await using first = startMachines(['a'], { ...order, takesMs: 600_000 });
  await vi.waitFor(() => expect(first.runs()).toEqual(['long']), patience);
  await first[Symbol.asyncDispose]();
  await using second = startMachines(['b'], { ...order, takesMs: 0 });
  await vi.waitFor(() => expect(second.runs()).toContain('long'), patience);
  const [run] = await doneIn(target);
  expect(run).toMatchObject({ name: 'long', machine: 'b', retries: 1 });
});

test('a run whose machine was killed is done by another, once the machine has been silent for long', async () => {
  const target = await database('killed');
  const order = { target, names: ['long'], schedule: always };
  await using first = startMachines(['a'], { ...order, takesMs: 600_000 });
  await vi.waitFor(() => expect(first.runs()).toEqual(['long']), patience);
  await first.kill();
  await using second = startMachines(['b'], { ...order, takesMs: 0 });
  await second.ready();
  await looksForTheDead(target, 3);
  expect(second.runs()).toEqual([]);
  await wasSilentFor(target, '1 minute');
  await vi.waitFor(() => expect(second.runs()).toContain('long'), patience);
  const run = { name: 'long', machine: 'b', retries: 1 };
  await vi.waitFor(async () => expect((await doneIn(target))[0]).toMatchObject(run), patience);
});

test('a job that is no longer in the table is no longer scheduled', async () => {
  const target = await database('shrunk');
  {
    await using machines = startMachines(['old'], { target, names: ['kept', 'gone'], schedule: always, takesMs: 0 });
    await machines.ready();
  }
  await using machines = startMachines(['new'], { target, names: ['kept'], schedule: always, takesMs: 0 });
  await machines.ready();
  expect(await scheduled(target)).toEqual(['kept']);
});

test('a machine that takes part in some jobs leaves the others to those who keep them', async () => {
  const target = await database('parted');
  const table = ['one', 'two'].map((name) => ({ name, schedule: '0 0 1 1 *', summary: '', command: [name] as const }));
  const keep = (mine: typeof table) => keepSchedule({ ...orderOf(target, ended()), jobs: table, mine });
  await keep(table.slice(0, 1));
  expect(await scheduled(target)).toEqual(['one']);
  await keep(table);
  await keep(table.slice(0, 1));
  expect(await scheduled(target)).toEqual(['one', 'two']);
  await using session = await server.connect(target.database);
  const { rows } = await session.query(`select policy from drydock_jobs.queue where name in ('one', 'two')`);
  expect(rows).toEqual([{ policy: 'exclusive' }, { policy: 'exclusive' }]); // one run at a time, wherever
});

test('a login that may not make the schema is told which statement would help', async () => {
  const target = await database('poor');
  await using admin = await server.connect('poor');
  const password = 'only-for-this-test';
  await admin.query(`create role "Poor" login password ${literal(password)}`);
  const poor = { ...target, user: 'Poor', password };
  await expect(keepSchedule(orderOf(poor, ended()))).rejects.toMatchObject({
    code: 'JOBS_SCHEMA',
    hint: expect.stringContaining('create schema drydock_jobs authorization "Poor"'),
  });
  await admin.query(`create schema ${identifier(jobSchema)} authorization "Poor"`);
  await keepSchedule(orderOf(poor, ended()));
  expect(await scheduled(target)).toEqual(['one']);
});

test('a server that is down is said at once', async () => {
  const target = { ...server.target('postgres'), port: 9 };
  await expect(keepSchedule(orderOf(target, ended()))).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
});

async function database(name: string): Promise<Target> {
  await using session = await server.connect('postgres');
  await session.query(`create database ${identifier(name)}`);
  return server.target(name);
}

const always = '* * * * *';

/** One minute of this hour, with enough left of it for machines to start in. */
function onceSoon(): string {
  return `${new Date(Date.now() + 15_000).getUTCMinutes()} * * * *`;
}

/** Until the machines have looked that often whether something is due. */
async function looksAtTheClock(target: Target, times: number): Promise<void> {
  await using session = await server.connect(target.database);
  const looks = new Set<string>();
  await vi.waitFor(async () => {
    const { at } = await session.row<{ at: string }>('select cron_on::text as at from drydock_jobs.version');
    expect(looks.add(at).size).toBeGreaterThan(times);
  }, patience);
}

/** Until the machines have looked that often whether a run has lost its machine. */
async function looksForTheDead(target: Target, times: number): Promise<void> {
  await using session = await server.connect(target.database);
  const looks = new Set<string>();
  await vi.waitFor(async () => {
    const { at } = await session.row<{ at: string }>(
      `select coalesce(monitor_claim_on::text, 'never') as at from drydock_jobs.queue where name = 'long'`,
    );
    expect(looks.add(at).size).toBeGreaterThan(times);
  }, patience);
}

/** Moves the last sign of life of the run under way back, in place of waiting. */
async function wasSilentFor(target: Target, interval: string): Promise<void> {
  await using session = await server.connect(target.database);
  const { rowCount } = await session.query(
    `update drydock_jobs.job set heartbeat_on = heartbeat_on - $1::interval where state = 'active' and name = 'long'`,
    [interval],
  );
  expect(rowCount).toBe(1);
}

async function doneIn(target: Target): Promise<{ name: string; machine: string; retries: number }[]> {
  await using session = await server.connect(target.database);
  const { rows } = await session.query<{ name: string; machine: string; retries: number }>(
    `select name, output ->> 'machine' as machine, retry_count as retries
     from drydock_jobs.job where state = 'completed' and name not like '\\_\\_%' order by name, created_on`,
  );
  return rows;
}

async function scheduled(target: Target): Promise<string[]> {
  await using session = await server.connect(target.database);
  const { rows } = await session.query<{ name: string }>('select name from drydock_jobs.schedule order by name');
  return rows.map(({ name }) => name);
}

function ended(): AbortSignal {
  return AbortSignal.abort(new Error('ended before it began'));
}

function orderOf(target: Target, signal: AbortSignal) {
  return {
    target,
    jobs: [{ name: 'one', schedule: '0 0 1 1 *', summary: '', command: ['none'] as const }],
    machine: 'here',
    signal,
    perform: async () => 0,
    onReady() {},
    onTrouble() {},
  };
}

/** Real processes, ended with their scope. */
function startMachines(
  machines: string[],
  order: { target: Target; names: string[]; schedule: string; takesMs: number },
) {
  const lines: string[] = [];
  const children = machines.map((machine) => {
    const child = spawn(process.execPath, [program, JSON.stringify({ machine, ...order })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    return { child, exit: once(child, 'exit') };
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    for (const { child } of children) child.kill(signal);
    await Promise.all(children.map(({ exit }) => exit));
  };
  return {
    runs: () => lines.filter((line) => line !== 'ready'),
    ready: () =>
      vi.waitFor(() => expect(lines.filter((line) => line === 'ready')).toHaveLength(machines.length), patience),
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  };
}
