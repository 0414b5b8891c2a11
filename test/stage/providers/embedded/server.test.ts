import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryLock } from '../../../../ops/lock.ts';
import { installedBinaries, type Binaries } from '../../../../stage/providers/embedded/binaries.ts';
import { freePort, onFreePort } from '../../../../stage/providers/port.ts';
import {
  embeddedProvider,
  hostOf,
  livingInstances,
  sweepEmbedded,
  type Instance,
  type StartOrder,
} from '../../../../stage/providers/index.ts';
import { expectAlive, logIn, startInAnotherProcess, type Subject } from '../contract.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';
import { embeddedSubject, postmasterPid } from './subject.ts';

const host = hostOf(process);
const onLinux = test.skipIf(host.platform !== 'linux');
let folder: TemporaryFolder;
let home: string;
let subject: Subject;

beforeAll(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  subject = embeddedSubject(home);
});

afterAll(() => folder[Symbol.asyncDispose]());

test('four processes that start at once share one template', async () => {
  const owners = await Promise.all([1, 2, 3, 4].map((n) => startInAnotherProcess(subject, `first-${n}`)));
  const ids = await Promise.all(owners.map((owner) => systemIdentifier(owner.address)));
  await Promise.all(owners.map((owner) => owner.kill()));
  expect(await subject.sweep()).toHaveLength(4);
  expect(new Set(ids).size).toBe(1);
  const templates = await readdir(join(home, 'templates'));
  expect(templates.map((name) => name.replace(/-[0-9a-f]{16}/, '-KEY')).map((name) => name.split('-KEY')[1])).toEqual([
    '',
    '.lock',
  ]);
});

test('the password that opens the template is refused once an instance has started', async () => {
  await using instance = await start('passwords');
  const [template] = (await readdir(join(home, 'templates'))).filter((name) => !name.endsWith('.lock'));
  const adminPassword = await readFile(join(home, 'templates', template!, 'password'), 'utf8');
  await expect(logIn({ ...instance, adminPassword })).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
});

test('the address of a running instance is on file until it stops', async () => {
  const instance = await start('listed');
  expect(await livingInstances(home)).toEqual([JSON.parse(JSON.stringify(instance))]);
  await instance.stop();
  expect(await livingInstances(home)).toEqual([]);
});

test('an instance listens on the loopback interface only', async () => {
  await using instance = await start('loopback');
  await using session = await logIn(instance);
  expect(
    await session.row(
      `select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as sockets`,
    ),
  ).toEqual({
    tcp: '127.0.0.1',
    sockets: '',
  });
});

test('what the server logs can be read as JSON lines', async () => {
  await using instance = await start('logs');
  await using session = await logIn(instance);
  await expect(session.query('select missing')).rejects.toMatchObject({ code: '42703' });
  // The log is written by a process of its own, a moment after the client has its answer.
  await expect
    .poll(async () => (await logEntries(instance)).at(-1))
    .toMatchObject({ error_severity: 'ERROR', state_code: '42703', statement: 'select missing' });
});

test('a fixed port is used when free, and its holder is not disturbed when taken', async () => {
  const port = await freePort();
  await using instance = await start('fixed', { port });
  expect(instance.port).toBe(port);
  await expect(start('late', { port })).rejects.toMatchObject({
    code: 'PROVIDER_PORT_TAKEN',
    message: `Port ${port} on 127.0.0.1 is in use by another program.`,
  });
  expect(await subject.traces('late')).toEqual([]);
  await expectAlive(instance);
});

test('a port that is stolen between choosing and binding is exchanged for another', async () => {
  await using thief = await listen();
  const chosen = [portOf(thief), portOf(thief), await freePort()];
  const provider = embeddedProvider(host, { choosePort: async () => chosen.shift()! });
  await using instance = await provider.start({ runId: 'robbed', admin: 'contract_admin', home });
  await expectAlive(instance);
  expect(instance.port).not.toBe(portOf(thief));
  expect(chosen).toEqual([]);
});

test('a start that fails on a free port is not repeated', async () => {
  let starts = 0;
  const start = async () => {
    starts += 1;
    throw new Error('broken');
  };
  await expect(onFreePort(start)).rejects.toThrow('broken');
  expect(starts).toBe(1);
});

test('a server that cannot start says why, in its own words', async () => {
  await expect(start('bad', { settings: { shared_preload_libraries: 'no_such_library' } })).rejects.toMatchObject({
    code: 'PROVIDER_START_FAILED',
    hint: expect.stringContaining('could not access file "no_such_library"'),
  });
  await expect(start('worse', { settings: { work_mem: 'plenty' } })).rejects.toMatchObject({
    hint: expect.stringContaining('invalid value for parameter "work_mem": "plenty"'),
  });
  await expect(start('worst', { settings: { hba_file: '/nowhere' } })).rejects.toMatchObject({
    hint: expect.stringContaining('could not load /nowhere'),
  });
});

test('a server that never gets ready can be given up', async () => {
  await (await start('template')).stop();
  const binaries = await binariesThatHang(join(folder.path, 'hanging'));
  const signal = AbortSignal.timeout(300);
  const starting = embeddedProvider(host, { binaries }).start({
    runId: 'hangs',
    admin: 'contract_admin',
    home,
    signal,
  });
  await expect(starting).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(await subject.traces('hangs')).toEqual([]);
});

test('a start that is aborted at its last step gives nothing back', async () => {
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const starting = start('last-step', { signal: controller.signal });
  const outcome = starting.then(
    (instance) => instance.stop(),
    (error: unknown) => error,
  );
  const pidFile = join(home, 'instances', 'last-step', 'data', 'postmaster.pid');
  await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), { interval: 1 }).toContain('ready');
  controller.abort(reason);
  expect(await outcome).toBe(reason);
  expect(await subject.traces('last-step')).toEqual([]);
});

test('a busy backend does not outlive a postmaster that was killed', async () => {
  const instance = await start('busy');
  await using session = await logIn(instance);
  const busy = expect(session.query('do $$ begin loop end loop; end $$')).rejects.toThrow();
  await subject.killServer(instance);
  await instance.stop();
  await busy;
  expect(await subject.traces('busy')).toEqual([]);
});

onLinux('a killed postmaster leaves no shared memory segment to the system', async () => {
  const instance = await start('segment');
  const pid = await postmasterPid(instance);
  expect(await segmentsMadeBy(pid)).toBe(1);
  await subject.killServer(instance);
  await instance.stop();
  expect(await segmentsMadeBy(pid)).toBe(0);
});

test.each([host.platform, 'darwin'] as const)('seen with the means of %s, an orphan is ended', async (platform) => {
  const orphan = await startInAnotherProcess(subject, `orphan-${platform}`);
  await orphan.kill();
  const [swept] = await sweepEmbedded(home, { ...host, platform });
  expect(swept).toMatchObject({ runId: `orphan-${platform}`, processesEnded: expect.any(Number) });
  expect(swept!.processesEnded).toBeGreaterThan(0);
  expect(await subject.traces(`orphan-${platform}`)).toEqual([]);
});

test.each([host.platform, 'darwin'] as const)(
  'seen with the means of %s, a stranger with the number of a dead server lives on',
  async (platform) => {
    const data = join(home, 'instances', 'reused', 'data');
    await mkdir(data, { recursive: true });
    const stranger = spawn('sleep', ['60'], { cwd: data, stdio: 'ignore' });
    try {
      await writeFile(join(data, 'postmaster.pid'), `${stranger.pid}\n${data}\n`);
      expect(await sweepEmbedded(home, { ...host, platform })).toEqual([{ runId: 'reused', processesEnded: 0 }]);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    }
  },
);

test('what a sweep cannot clear it reports, and the next one clears', async () => {
  const orphan = await startInAnotherProcess(subject, 'stubborn');
  await orphan.kill();
  const mayNotSignal = { ...host, signal: () => expect.fail('not permitted') };
  expect(await sweepEmbedded(home, mayNotSignal)).toMatchObject([
    { runId: 'stubborn', problem: { message: 'not permitted' } },
  ]);
  expect(await subject.traces('stubborn')).not.toEqual([]);
  expect(await subject.sweep()).toMatchObject([{ runId: 'stubborn' }]);
  expect(await subject.traces('stubborn')).toEqual([]);
});

test('a sweep removes a template whose maker was killed, and no other', async () => {
  for (const name of ['dead', 'alive'])
    await mkdir(join(home, 'templates', `${name}.0123abcd.unfinished/data`), { recursive: true });
  using _making = tryLock(join(home, 'templates', 'alive.lock'));
  await subject.sweep();
  const drafts = (await readdir(join(home, 'templates'))).filter((name) => name.endsWith('.unfinished'));
  expect(drafts).toEqual(['alive.0123abcd.unfinished']);
});

async function logEntries(instance: Instance): Promise<unknown[]> {
  const lines = (await readFile(instance.logFile!, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

function start(runId: string, more: Partial<StartOrder> = {}): Promise<Instance> {
  return subject.provider.start({ runId, admin: 'contract_admin', home, ...more });
}

async function binariesThatHang(path: string): Promise<Binaries> {
  const real = await installedBinaries(host);
  await cp(real.folder, path, { recursive: true, verbatimSymlinks: true });
  await rm(join(path, 'bin/postgres'));
  await writeFile(join(path, 'bin/postgres'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  return { folder: path, version: real.version };
}

async function systemIdentifier(address: Parameters<typeof logIn>[0]): Promise<unknown> {
  await using session = await logIn(address);
  return (await session.row<{ id: string }>('select system_identifier::text as id from pg_control_system()')).id;
}

async function segmentsMadeBy(pid: number): Promise<number> {
  const rows = (await readFile('/proc/sysvipc/shm', 'utf8')).split('\n');
  return rows.filter((row) => Number(row.trim().split(/\s+/)[4]) === pid).length;
}

async function listen(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
