import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier } from '../../ops/postgres/index.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { Staging } from '../support/staging.ts';

const program = join(import.meta.dirname, '../../scripts/drydock.js');

let server: Staging;
let folder: TemporaryFolder;

beforeAll(async () => {
  server = await Staging.start();
  folder = await temporaryFolder();
  await using maintenance = await server.connect('postgres');
  await maintenance.query('create database app');
  await mkdir(join(folder.path, 'events'));
  for (const words of ['records migrate', 'records keys', 'records seal', 'events migrate']) {
    await once(start(words.split(' ')), 'close');
  }
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function start(args: readonly string[]) {
  const { user, password, host, port } = server.target();
  return spawn(process.execPath, [program, ...args], {
    cwd: folder.path,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DRYDOCK_HOME: join(folder.path, 'home'),
      DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/app`,
      ...(args[0] === 'records' ? {} : { AUDIT_BACKEND: 'auto' }),
      AUDIT_JSONL_DIR: join(folder.path, 'events'),
    },
  });
}

/** Every table there is, held by somebody who does not let go. */
async function holdEverything() {
  const session = await server.connect('app');
  const { rows } = await session.query<{ schema: string; name: string }>(
    `select nspname as schema, relname as name
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname !~ '^pg_|^information_schema$' and relkind in ('r', 'p')`,
  );
  const tables = rows.map(({ schema, name }) => `${identifier(schema)}.${identifier(name)}`);
  await session.script(`begin; lock table ${tables.join(', ')}`);
  return session;
}

const others = `select pid, application_name, wait_event_type from pg_stat_activity
  where datname = 'app' and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle in transaction'`;

describe('the first Ctrl-C ends what waits for the database, says so, and leaves nothing', () => {
  test.for([
    'records show 00000000-0000-0000-0000-000000000001',
    'records partitions',
    'records archive',
    'records export --output export.jsonl',
    'records report',
    'records seal',
    'records verify',
    'records erase list',
    'records upkeep',
    'digest cost',
    'digest privacy --window-hours 24',
    'digest drift',
    'events tail',
    'events reconcile',
    'events cleanup',
  ])('drydock %s', async (words) => {
    const before = (await readdir(folder.path)).sort();
    await using holder = await holdEverything();
    await using look = await server.connect('postgres');
    const command = start(words.split(' '));
    const said = text(command.stderr);
    const ended = once(command, 'close');
    const waiting = `${others} and wait_event_type = 'Lock'`;
    while ((await look.query(waiting)).rowCount === 0 && command.exitCode === null) await sleep(20);
    command.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(await said).toContain('RUN_CANCELLED: Cancelled by SIGINT.');
    expect(await said).not.toContain('bug');
    while ((await look.query(waiting)).rowCount !== 0) await sleep(20);
    expect((await readdir(folder.path)).sort()).toEqual(before);
    await holder.query('rollback');
  });
});
