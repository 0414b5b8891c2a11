import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../../../ops/postgres/index.ts';
import { adminTarget } from '../../../../stage/providers/index.ts';
import { belongings } from './belongings.ts';
import { RemoteServer } from './remote-server.ts';

let remote: RemoteServer;
let asFound: unknown;

beforeAll(async () => {
  remote = await RemoteServer.start('remote-test');
  asFound = await remote.state();
});
afterAll(() => remote[Symbol.asyncDispose]());
afterEach(async () => {
  expect(await remote.state(), 'what a test left on the server').toEqual(asFound);
  expect(await remote.leftovers(), 'what this machine remembers of it').toEqual([]);
});

describe('a run on a remote server', () => {
  test('logs in over TLS, to a server that proves its name', async () => {
    await using instance = await remote.start();
    await using session = await Session.open(adminTarget(instance, 'postgres'));
    expect(await session.row('select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual({ ssl: true });
    expect(instance).toMatchObject({ provider: 'remote', serverVersion: expect.stringMatching(/^16\./) });
  });

  test('takes down its database, sessions and all, its roles and its leases, and opens to PUBLIC what it closed', async () => {
    await using instance = await remote.start();
    await using admin = await Session.open(adminTarget(instance, 'postgres'));
    await admin.query('create database rehearsed template template0');
    for (const role of belongings.roles) await admin.query(`create role ${role}`);
    await admin.query(`create role reader_0a1b2c3d login in role reader, rehearsed_connect`);
    await admin.query('revoke all on database postgres, template1 from public');
    await using inside = await Session.open(adminTarget(instance, 'rehearsed'));
    await inside.script('create schema kept; create table kept.rows (); alter table kept.rows owner to reader');
    await Promise.all([instance.stop(), instance.stop()]);
    expect(await remote.state()).toEqual(asFound);
  });

  test('takes down the copies that were made of its database, with whoever is lent one', async () => {
    await using instance = await remote.start();
    await using admin = await Session.open(adminTarget(instance, 'postgres'));
    for (const name of ['rehearsed', 'rehearsed_template', 'rehearsed_warm', 'rehearsed_agent']) {
      await admin.query(`create database ${name} template template0`);
    }
    for (const role of [...belongings.roles, 'rehearsed_agent_connect']) await admin.query(`create role ${role}`);
    await admin.query(`comment on role rehearsed_agent_connect is 'drydock clone {}'`);
    await admin.query('grant connect on database rehearsed_agent to rehearsed_agent_connect');
    await admin.query('create role reader_0a1b2c3d login in role reader, rehearsed_agent_connect');
    await instance.stop();
    expect(await remote.state()).toEqual(asFound);
  });

  test('is refused where a template of its database is somebody’s', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create database rehearsed_template template template0');
    await expect(remote.start()).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_TAKEN',
      message: expect.stringContaining('database rehearsed_template'),
    });
    await somebody.query('drop database rehearsed_template');
  });

  test('leaves alone what others make beside it', async () => {
    await using somebody = await remote.connect();
    await using instance = await remote.start();
    await somebody.query('create role bystander');
    await somebody.query('create role rehearsed_connect');
    await somebody.query('create role bystander_0a1b2c3d login in role rehearsed_connect');
    await instance.stop();
    const { rows } = await somebody.query(`select rolname from pg_roles where rolname like 'bystander%' order by 1`);
    expect(rows).toEqual([{ rolname: 'bystander' }, { rolname: 'bystander_0a1b2c3d' }]);
    await somebody.query('drop role bystander, bystander_0a1b2c3d');
  });

  test('gives back what is still there: a database that somebody dropped meanwhile is not missed', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create database passing');
    const instance = await remote.start();
    await somebody.query('drop database passing');
    await instance.stop();
  });

  test('that lost its lock with its connection takes nothing down that the next one has made', async () => {
    await using somebody = await remote.connect();
    const lost = await remote.start();
    await somebody.query(`select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory'`);
    await using next = await remote.start();
    await somebody.query('create role reader');
    await lost.stop();
    expect(await somebody.row(`select to_regrole('reader')::text as ours`)).toEqual({ ours: 'reader' });
    await next.stop();
  });

  test('is remembered on this machine as at work, and what others left elsewhere stays remembered', async () => {
    const note = join(remote.home, 'remote', 'another.json');
    await (await remote.start()).stop(); // makes the folder
    await writeFile(note, JSON.stringify({ at: '192.0.2.1:5432' }));
    await using _instance = await remote.start();
    expect(await remote.leftovers()).toMatchObject([{ runId: 'another' }]);
    await rm(note);
  });

  test('is alone on its server: a second one is refused and told who is there', async () => {
    await using first = await remote.start();
    await expect(remote.start()).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_BUSY',
      message: expect.stringContaining(first.runId),
    });
  });

  test('has left nothing when it was aborted, whenever that was', async () => {
    const reason = new Error('changed my mind');
    for (const delay of [0, 2, 5, 10, 20, 40]) {
      const controller = new AbortController();
      const starting = remote.start({ signal: controller.signal }).then(
        (instance) => instance.stop(),
        (error: unknown) => expect(error).toBe(reason),
      );
      setTimeout(() => controller.abort(reason), delay);
      await starting;
      expect(await remote.state()).toEqual(asFound);
    }
  });

  test('refuses settings: the server keeps its own', async () => {
    await expect(remote.start({ settings: { fsync: 'off' } })).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_SETTINGS',
    });
  });
});

describe('what a killed run left on a remote server', () => {
  test('is cleared by the next one', async () => {
    await leaveBehind('killed-run');
    expect(await remote.leftovers()).toMatchObject([{ runId: 'killed-run' }]);
    const notes: string[] = [];
    const instance = await remote.start({ note: (line) => notes.push(line) });
    expect(notes).toEqual([expect.stringContaining('killed-run')]);
    await instance.stop();
  });

  test('is not touched by another project, which names it instead', async () => {
    await leaveBehind('killed-run');
    const other = remote.start({}, { database: 'other', roles: ['other_connect'], connectRole: 'other_connect' });
    await expect(other).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_TAKEN',
      message: expect.stringMatching(/killed-run.*database rehearsed.*role reader/),
    });
    await (await remote.start()).stop();
  });

  test('is believed only in what the project would make itself, and never runs as SQL', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create table precious ()');
    const publicRights = [
      { database: 'postgres', privileges: ['CONNECT on database postgres to public; drop table precious; --'] },
    ];
    const forged = { runId: 'forged', startedAt: 'today', ...belongings, connectRole: 'theirs', publicRights };
    await somebody.script('create role theirs; create role reader_0a1b2c3d login in role theirs');
    await somebody.query('create role drydock_claim');
    await somebody.query(`comment on role drydock_claim is '${JSON.stringify(forged)}'`);
    await (await remote.start({}, { allowExisting: ['postgres'] })).stop();
    expect(await somebody.row(`select to_regclass('precious') as found`)).toEqual({ found: 'precious' });
    await somebody.script('drop table precious; drop role reader_0a1b2c3d, theirs');
  });
});

describe('what cannot be taken down', () => {
  test('is said, and cleared once the server is back to it', async () => {
    const instance = await remote.start();
    await using somebody = await remote.connect();
    await somebody.query('create role reader');
    await somebody.script('create table lent (); alter table lent owner to reader');
    await expect(instance.stop()).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_LEFT',
      message: expect.stringContaining('reader'),
    });
    expect(await remote.leftovers()).toMatchObject([
      { runId: instance.runId, problem: { message: expect.stringContaining(`127.0.0.1:${instance.port}`) } },
    ]);
    await somebody.query('drop table lent');
    await (await remote.start()).stop();
  });
});

/** A run in a process of its own, killed at its height. */
async function leaveBehind(runId: string): Promise<void> {
  const program = fileURLToPath(new URL('../fixtures/own-remote.ts', import.meta.url));
  const child = spawn(process.execPath, [program, remote.home, runId, remote.tls.url()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface(child.stdout), 'line');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
