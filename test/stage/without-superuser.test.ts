import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadProject } from '../../ops/config/index.ts';
import { identifier, isSuperuser, Session } from '../../ops/postgres/index.ts';
import { dropClone, makeClone, resetStaging, takeTemplate, warmUp } from '../../stage/clones/index.ts';
import { contextOn } from '../../stage/context.ts';
import { loggedInAs } from '../../stage/own-login.ts';
import { pipeline } from '../../stage/pipeline.ts';
import { adminTarget, embeddedProvider, type Instance } from '../../stage/providers/index.ts';
import type { StepContext } from '../../stage/step.ts';
import { host, testHome } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

let server: Instance;
/** The same server, as the login that a managed one gives. */
let instance: Instance;
let project: TestProject;
let context: StepContext;
const operator = 'Olga the Operator';
/** What is said about roles is in the log then. */
const settings = { log_statement: 'ddl' };

beforeAll(async () => {
  server = await embeddedProvider(host).start({
    runId: `managed-${randomUUID()}`,
    admin: 'provider',
    home: testHome,
    settings,
  });
  await using session = await Session.open(adminTarget(server, 'postgres'));
  await session.query(`create role ${identifier(operator)} login createdb createrole password 'olga'`);
  instance = { ...server, admin: operator, adminPassword: 'olga' };
  project = await TestProject.copy(testHome, '../../ops');
  context = await contextNow();
  await run('bootstrap', 'apply');
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await server.stop();
});

describe('without a superuser', () => {
  test('a table is secured and logged at the end of the migration that makes it', async () => {
    await addMigration('0900_ledger.sql', 'create table eng.ledger (id int primary key);');
    await run('apply');
    await using session = await context.connect();
    expect(
      await session.row(
        `select drydock.is_secured('eng.ledger'::regclass) as secured, drydock.is_logged('eng.ledger'::regclass) as logged`,
      ),
    ).toEqual({ secured: true, logged: true });
  });

  test.each(['no force row level security', 'disable row level security'])(
    'a migration that says "%s" is refused, and nothing of it stays',
    async (taking) => {
      await addMigration('0910_open.sql', `create table eng.beside (); alter table eng.backlog_items ${taking};`);
      await expect(run('apply')).rejects.toMatchObject({ sqlstate: 'DD002' });
      await using session = await context.connect();
      expect(await session.row(`select to_regclass('eng.beside') as found`)).toEqual({ found: null });
      await project.remove('sql/eng/0910_open.sql');
    },
  );

  test('a role logs in for as long as a check takes, and not after', async () => {
    const seen = await loggedInAs(context, 'vh_member', (session) =>
      session.row('select session_user, current_user as acting'),
    );
    expect(seen).toEqual({ session_user: 'vh_member', acting: 'vh_member' });
    const failing = loggedInAs(context, 'vh_member', (session) => session.query('select 1 / 0'));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    await using outside = await Session.open(adminTarget(server, 'postgres'));
    const { rows } = await outside.query(
      `select rolcanlogin, rolpassword, (select count(*) from pg_auth_members where member = pg_authid.oid) as memberships
       from pg_authid where rolname = 'vh_member'`,
    );
    expect(rows).toEqual([{ rolcanlogin: false, rolpassword: null, memberships: 0 }]);
  });

  test('its password works for minutes by the server’s clock, is written down nowhere, and leaves no date behind', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    await using outside = await Session.open(adminTarget(server, 'postgres'));
    const secret = await loggedInAs(context, 'vh_member', async ({ target }) => {
      expect(await outside.row(minutesLeft)).toEqual({ minutes: 5 });
      return target.password;
    });
    expect(await outside.row(minutesLeft)).toEqual({ minutes: null });
    expect(await readFile(server.logFile!, 'utf8')).not.toContain(secret);
    expect(context.redactor.redact(`as ${secret}`)).not.toContain(secret);
  });

  test('whoever acts as another role is as superuser as his login', async () => {
    await using session = await Session.open(adminTarget(server, 'postgres'));
    await session.script('set role pg_monitor');
    expect(await isSuperuser(session)).toBe(true);
    await using ours = await Session.open(adminTarget(instance, 'postgres'));
    expect(await isSuperuser(ours)).toBe(false);
  });

  test('a check over such a login finds a policy that shows it too much', async () => {
    await run('backfill', 'hydrate');
    await using session = await context.connect();
    await session.script(`set role vh_owner; create policy leak on vh.companies to vh_member using (true); reset role`);
    context = await contextNow();
    await run('check');
    expect(context.record.measurements.find(({ id }) => id === 'check/member_sees_own_company')).toMatchObject({
      verdict: 'no-go',
    });
    await session.script(`set role vh_owner; drop policy leak on vh.companies`);
  });

  test('the staging is cloned and put back', async () => {
    const { database } = context.project.config;
    await using admin = await Session.open(adminTarget(instance, 'postgres'));
    const template = await takeTemplate(admin, { database, after: 'apply', now: new Date() });
    expect(template.files).toBeNull(); // the server's to read, not ours: the catalogs are asked
    const order = { database, name: 'agent', by: 'olga', now: new Date() };
    await makeClone(admin, order);
    await dropClone(admin, order);
    await warmUp(admin, database);
    await using inside = await context.connect();
    await inside.script('set role eng_owner; create table eng.later (); reset role');
    await inside.close();
    expect(await resetStaging(admin, { database, endSessions: false })).toMatchObject({ wasWarm: true });
    await using again = await context.connect();
    expect(await again.row(`select to_regclass('eng.later') as found`)).toEqual({ found: null });
  });
});

/** How long the password of vh_member still works; null where it has no end. */
const minutesLeft = `select case when isfinite(rolvaliduntil)
    then round(extract(epoch from rolvaliduntil - now()) / 60)::int end as minutes
  from pg_authid where rolname = 'vh_member'`;

async function contextNow(): Promise<StepContext> {
  const settings = { ingest: 'disabled', actor: 'olga', version: '0' } as const;
  return contextOn(instance, await loadProject(join(project.folder, 'drydock.yaml')), { runId: 'managed', settings });
}

async function run(...names: string[]): Promise<void> {
  for (const name of names) await pipeline.find((step) => step.name === name)!.run(context);
}

async function addMigration(name: string, text: string): Promise<void> {
  await project.write(`sql/eng/${name}`, `-- title: ${name}\n-- why: a test\n\n${text}\n`);
  context = await contextNow();
}
