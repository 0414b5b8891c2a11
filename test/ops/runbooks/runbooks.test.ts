import { readdirSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { verifyTrail } from '../../../audit-log/trail/index.ts';
import { Session, targetOfUrl } from '../../../ops/postgres/index.ts';
import type { Promotion } from '../../../stage/promotion/index.ts';
import { debianBinaries, skipNote, withoutDebian } from '../../support/debian.ts';
import { temporaryFolder } from '../../support/home.ts';
import { Agent } from '../../support/mcp.ts';
import { Production, promotionTo, promotingProject } from '../../support/production.ts';
import { TestProject } from '../../support/project.ts';
import { commit, git, keyOf, signAll, signAs } from '../../support/team.ts';
import { folder, follow, only, readRunbook, variablesIn } from './runbook.ts';

// dozens of processes each, one after the other
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const followed = ['agent', 'broken-trail', 'emergency-path', 'failed-reap', 'preflight', 'promotion', 'rollback'];

describe('every runbook', () => {
  test('is followed by a test', () => {
    const files = readdirSync(folder).filter((name) => name !== 'errors.md');
    expect(files.sort()).toEqual(followed.map((name) => `${name}.md`));
  });

  test.for(followed)('says what to put into its commands, and nothing that is not used: %s', async (name) => {
    const runbook = await readRunbook(`${name}.md`);
    expect(runbook.commands.length).toBeGreaterThan(4);
    expect(variablesIn(runbook).sort()).toEqual([...runbook.placeholders].sort());
  });
});

describe.skipIf(withoutDebian)(`with a server that psql and pg_dump fit${skipNote}`, () => {
  let live: Production;
  let project: TestProject;
  let scratch: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    scratch = await temporaryFolder();
    live = await Production.start('runbooks', await debianBinaries(scratch.path));
    project = await promotingProject();
    await promoteFirst(project, live);
    const yaml = await project.read('drydock.yaml');
    await project.write('drydock.yaml', yaml.replace(/backup: \{.*\}/, 'backup: { folder: .drydock/dumps }'));
    await project.write('sql/shop/0020_due.sql', 'alter table shop.orders add column due date;\n');
    await commit(project);
  });
  afterAll(async () => {
    await live[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });

  // In order: a change goes live, the next is looked at, the site breaks, and the change is taken back.
  test('the promotion takes a change to production', async () => {
    const sign = { ROLE: 'dba', NAME: 'bob', KEY: keyOf(project, 'bob'), WORD: 'PROMOTE' };
    const printed = await follow(
      await readRunbook('promotion.md'),
      project,
      { ...ofTarget(), ...sign },
      {
        'drydock sign "$ROLE"': async () => {
          await signAs(project, 'agent', 'codex');
          await signAs(project, 'operator', 'ada');
        },
      },
    );
    expect(await columnsOf('orders')).toContain('due');
    expect([...printed.values()].at(-1)).toContain('# Promotion to live: go, promoted');
    expect(await git(project, 'status', '--porcelain')).toBe('');
  });

  test('the preflight finds nothing in the way, and each of its looks can', async () => {
    const preflight = await readRunbook('preflight.md');
    const env = { ...ofTarget(), LONGEST: '1 hour' };
    await follow(preflight, project, env);
    const refuses = (words: string, more = {}) =>
      expect(follow(only(preflight, words), project, { ...env, ...more })).rejects.toThrow(/exits with \d, not 0/);

    await refuses('KILL_SWITCH', { HOUSEKEEPING_KILL_SWITCH: 'on' });
    await using holder = await live.connect();
    await holder.query('begin');
    await holder.query('lock table shop.orders');
    await refuses('xact_start', { LONGEST: '0' });
    await using waiter = await live.connect();
    const waiting = waiter.query('select from shop.orders');
    await vi.waitUntil(() => live.ask(`select exists (select from pg_locks where not granted)`));
    await refuses('pg_blocking_pids');
    await holder.query('rollback');
    await waiting;
    await project.write('left-over', '');
    await refuses('git status');
    await project.remove('left-over');
  });

  test('the emergency path mends production, and refuses a fix that nobody approved or that ends its transaction', async () => {
    const path = await readRunbook('emergency-path.md');
    const fix = 'create index if not exists orders_due on shop.orders (due);\n';
    const env = await fresh(0, fix);
    const tampering = { 'ssh-keygen -Y verify': () => writeFile(env.FIX, `${fix}drop table shop.orders;\n`) };
    await expect(follow(path, project, env, tampering)).rejects.toThrow('ssh-keygen -Y verify');
    await expect(follow(path, project, await fresh(1, `${fix}  COMMIT;\n`))).rejects.toThrow('grep --extended-regexp');
    const once = await fresh(2, 'create index orders_due on shop.orders (due);\n');
    await expect(follow(path, project, once)).rejects.toThrow('already exists');
    expect(await indexes()).not.toContain('orders_due');

    await follow(path, project, await fresh(3, fix));
    expect(await indexes()).toContain('orders_due');
  });

  test('the rollback puts the database back to the dump, and loses no right to connect', async () => {
    const [newest] = (await promotions()).toReversed();
    const { backup, promotionId, startedAt } = newest!;
    if (backup?.kind !== 'dump') throw new Error('there is no dump');
    const connectRights = `select datacl::text from pg_database where datname = 'live'`;
    const before = await live.ask<string>(connectRights);
    await follow(await readRunbook('rollback.md'), project, {
      ...ofTarget(),
      PROMOTION: promotionId,
      MAINTENANCE_URL: urlOf('postgres'),
      DATABASE: 'live',
      RESTORED_URL: urlOf('live_restored'),
      DUMP: backup.file,
      DUMP_SHA256: backup.sha256,
      SINCE: startedAt,
    });
    expect(await columnsOf('orders')).not.toContain('due');
    expect((await live.ask<string>(connectRights)).split(',').sort()).toEqual(before.split(',').sort());
    expect(await live.ask(`select datallowconn from pg_database where datname = 'live_withdrawn'`)).toBe(false);
  });

  function ofTarget() {
    return { TARGET: 'live', TARGET_URL: live.url, LIVE_URL: live.url };
  }

  function urlOf(database: string): string {
    return live.url.replace('/live?', `/${database}?`);
  }

  /** Somebody who begins again takes other names. */
  async function fresh(attempt: number, fix: string) {
    const named = (name: string) => join(scratch.path, `${name}-${attempt}`);
    await writeFile(named('fix.sql'), fix);
    return {
      ...ofTarget(),
      FIX: named('fix.sql'),
      OWNER: 'shop_owner',
      NAME: 'ada',
      APPROVER: 'bob',
      APPROVER_KEY: keyOf(project, 'bob'),
      SIGNERS: 'allowed_signers',
      MAINTENANCE_URL: urlOf('postgres'),
      SCRATCH: `scratch_${attempt}`,
      SCRATCH_URL: urlOf(`scratch_${attempt}`),
      BACKUP: named('dump'),
      MIGRATION: 'sql/shop/0030_orders_due.sql',
    };
  }

  async function columnsOf(table: string): Promise<string[]> {
    return live.ask(`select array_agg(attname::text) from pg_attribute where attrelid = 'shop.${table}'::regclass`);
  }

  async function indexes(): Promise<string[]> {
    return live.ask(`select array_agg(indexname::text) from pg_indexes where schemaname = 'shop'`);
  }

  async function promotions(): Promise<Promotion[]> {
    const evidence = join(project.folder, 'audit-log/trail/evidence');
    const names = (await readdir(evidence)).filter((name) => name.startsWith('promote-')).sort();
    return Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(evidence, name), 'utf8')) as Promotion),
    );
  }
});

describe.skipIf(withoutDebian)(`with psql${skipNote}`, () => {
  test('a failed reap is finished when what hinders it is removed', async () => {
    await using home = await temporaryFolder();
    await using project = await TestProject.copy(home.path);
    await using _down = { [Symbol.asyncDispose]: async () => void (await project.drydock('down')) };
    await project.drydock('up', '--port', 'any');
    await project.drydock('apply');
    const lent = await project.drydock('handoff', '--no-attack', '--format', 'json');
    if (lent.code !== 0) throw new Error(lent.stdout + lent.stderr);
    const { lease: role, environment } = JSON.parse(lent.stdout);
    const admin = targetOfUrl((await project.drydock('url')).stdout.trim(), 'url');
    await entangle(admin, { ...admin, user: role, password: environment.PGPASSWORD });
    expect(await project.drydock('revoke', role)).toMatchObject({ code: 1 });
    await follow(await readRunbook('failed-reap.md'), project, { LEASE: role, MEND: 'drop view busy.on_it' });
  });
});

test('an agent is connected by the words of the runbook, seen, and thrown out', async () => {
  await using home = await temporaryFolder();
  await using project = await TestProject.copy(home.path);
  await using _down = { [Symbol.asyncDispose]: async () => void (await project.drydock('down')) };
  const env = { LEASE: '' };
  const { command, args } = clientSettings(await readFile(join(folder, 'agent.md'), 'utf8'), project);
  const agent = new Agent(project, [], {}, { command, args, cwd: '/' });
  const connect = async () => {
    if (env.LEASE) return;
    await agent.client.connect(agent.transport);
    expect(await agent.rows('select 1')).toEqual([[1]]);
    env.LEASE = agent.role;
  };
  const printed = await follow(await readRunbook('agent.md'), project, env, { 'drydock leases': connect });
  expect(printed.get('drydock events tail --lines 50')).toContain('mcp/query');
  expect((await agent.call('query', { sql: 'select 1' })).code).toBe('MCP_LEASE_OVER');
  await agent[Symbol.asyncDispose]();
});

/** What a client is given, with the places of this machine put in. */
function clientSettings(runbook: string, project: TestProject): { command: string; args: string[] } {
  const [, json] = /^```json\n([^]*?)^```$/m.exec(runbook)!;
  const placed = json!
    .replaceAll('/path/to/drydock', join(import.meta.dirname, '../../..'))
    .replaceAll('/path/to/project', project.folder);
  return JSON.parse(placed).mcpServers.drydock;
}

test('a broken trail is put back from the last commit in which it was whole', async () => {
  await using project = await promotingProject();
  expect(await project.drydock('run')).toMatchObject({ code: 0 });
  await commit(project);
  const trail = join(project.folder, 'audit-log/trail');
  const good = (await git(project, 'rev-parse', 'HEAD')).trim();
  const { head } = await verifyTrail(trail);
  const [day] = (await readdir(trail)).filter((name) => name.endsWith('.md'));
  await writeFile(join(trail, day!), (await readFile(join(trail, day!), 'utf8')).replace('| go |', '| GO |'));
  await using scratch = await temporaryFolder();
  const kept = join(scratch.path, 'kept');
  const env = { KEPT: kept, HEAD_SHA256: head!.sha256, CONFIG: 'drydock.yaml', GOOD: good };
  const runbook = await readRunbook('broken-trail.md');
  await follow(runbook, project, env);
  expect((await verifyTrail(trail)).problems).toEqual([]);
  expect((await verifyTrail(kept)).problems).toHaveLength(1);
  await cp(kept, trail, { recursive: true });
  const wrong = { ...env, KEPT: join(scratch.path, 'again'), HEAD_SHA256: '0'.repeat(64) };
  await expect(follow(runbook, project, wrong)).rejects.toThrow('--head');
});

/** A view of somebody else on a table of the lease's. */
async function entangle(administrator: Session['target'], lease: Session['target']): Promise<void> {
  await using admin = await Session.open(administrator);
  await admin.script(`create schema busy; grant create, usage on schema busy to "${lease.user}"`);
  await using session = await Session.open(lease);
  await session.query('create table busy.base (a int)');
  await admin.query('create view busy.on_it as select * from busy.base');
}

async function promoteFirst(project: TestProject, live: Production): Promise<void> {
  const { code, stdout, stderr } = await project.drydock('run');
  if (code !== 0) throw new Error(stdout + stderr);
  await signAll(project);
  await commit(project);
  const promotion = await promotionTo(project, live, '--bootstrap');
  if (promotion.state !== 'promoted') throw new Error(JSON.stringify(promotion, null, 2));
}
