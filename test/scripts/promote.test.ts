import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyTrail } from '../../audit-log/trail/index.ts';
import { promotionLock, type Promotion } from '../../stage/promotion/index.ts';
import { writeIntent } from '../../stage/promotion/intent.ts';
import { Production, promotionTo, promotingProject } from '../support/production.ts';
import type { Outcome, TestProject } from '../support/project.ts';
import { rehearse, rehearseAndSign, signAll } from '../support/team.ts';

const lockSettings = '  lockTimeout: 1s\n  attempts: 2\n';
const noted = 'sql/shop/0020_note.sql';

let live: Production;
let project: TestProject;

beforeAll(async () => {
  live = await Production.start('promote-test');
  project = await promotingProject(lockSettings);
  await rehearse(project);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

// In order: the first promotion, then a change to what is live.
describe('before anything is done to the target', () => {
  test('it wants the word, the switch off and the hour', async () => {
    const away = project.with({ LIVE_URL: 'postgres://u:p@127.0.0.1:1/live?sslmode=disable' });
    const unsaid = await away.drydock('promote', '--to', 'live', '--json');
    expect(unsaid.code).toBe(3);
    expect(objectsOf(unsaid)).toEqual(['confirmation']);
    const stopped = await away
      .with({ LIVE_URL: live.url, HOUSEKEEPING_KILL_SWITCH: 'on' })
      .drydock('promote', '--to', 'live', '--confirm', 'PROMOTE', '--json');
    expect(objectsOf(stopped)).toEqual(['kill switch']);
    expect(stopped.code).toBe(3);
  });

  test('it wants a target that is declared, and its URL', async () => {
    const typo = await project.drydock('promote', '--to', 'lvie');
    expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('promotion.targets in drydock.yaml: live') });
    const unset = await project.drydock('promote', '--to', 'live');
    expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('LIVE_URL is not set') });
  });

  test('it wants every sign-off', async () => {
    const unsigned = await promote('--bootstrap');
    expect(unsigned).toMatchObject({ outcome: 'unproven', state: 'untouched', backup: null });
    expect(unsigned.phases.at(-1)!.name).toBe('readiness');
    expect(unsigned.measurements.flatMap(({ findings }) => findings)).toContainEqual(
      expect.objectContaining({ detail: 'The sign-off of dba.' }),
    );
    await signAll(project);
  });

  test('it lays no foundation unasked', async () => {
    const bare = await promote();
    expect(bare).toMatchObject({ outcome: 'failed', state: 'untouched', error: { code: 'PROMOTE_FOUNDATION' } });
  });
});

describe('a promotion', () => {
  test('does all of it in a dry run, and leaves nothing on the target or the trail', async () => {
    const before = await closeOuts();
    const dry = await promote('--bootstrap', '--dry-run');
    expect(dry).toMatchObject({ outcome: 'go', state: 'untouched', trail: null });
    expect(dry.measurements.find(({ id }) => id === 'probe/rights')!.examined).toBeGreaterThan(100);
    expect(await live.ask(`select count(*) from pg_namespace where nspname in ('shop', 'audit')`)).toBe(0);
    expect(await closeOuts()).toBe(before);
  });

  test('is committed with its own record in it, and written down in a chain of its own', async () => {
    const done = await promote('--bootstrap');
    expect(done).toMatchObject({ outcome: 'go', state: 'promoted', error: null });
    expect(done.trail!.file).toMatch(/^\d{4}-\d\d-\d\d-prod\.md$/);
    expect(await live.ask(`select report_sha256 from audit.promotion`)).toBe(done.run!.report);
    expect(await applied()).toEqual(done.migrations.map(({ file }) => file).sort());
    expect(done.rollback.join('\n')).toContain('others.dump');
  });

  test('done twice doubles nothing', async () => {
    const before = await applied();
    expect(await promote()).toMatchObject({ outcome: 'go', state: 'promoted', migrations: [] });
    expect(await applied()).toEqual(before);
  });

  test('finds out how earlier ones ended whose end nobody wrote down', async () => {
    const committed = await live.ask<string>('select min(promotion_id) from audit.promotion');
    const died = 'promote-20200101T000000Z-00000000';
    const intent = { target: 'live', actor: 'ada', runId: 'run', startedAt: '2020-01-01T00:00:00Z' };
    for (const promotionId of [committed, died]) {
      await writeIntent(join(project.folder, '.drydock/promotions'), { ...intent, promotionId });
    }
    expect((await promote()).settled).toEqual([
      { promotionId: died, state: 'untouched' },
      { promotionId: committed, state: 'promoted' },
    ]);
    expect((await promote()).settled).toEqual([]);
  });

  test('leaves no drift behind, and drift that somebody makes is named and stops the next', async () => {
    const clean = await project.with({ LIVE_URL: live.url }).drydock('drift', '--against', 'live');
    expect(clean).toMatchObject({ code: 0, stdout: expect.stringContaining('no drift') });
    await onLive('alter table shop.orders add column by_hand text; create index by_hand on shop.orders (by_hand)');
    const drifted = await project.with({ LIVE_URL: live.url }).drydock('drift', '--against', 'live');
    expect(drifted).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('column shop.orders.by_hand: only on the target'),
    });
    const stopped = await promote();
    expect(stopped).toMatchObject({ outcome: 'no-go', state: 'untouched', backup: null });
    expect(stopped.measurements.at(-1)!.findings.map(({ object }) => object)).toContain('index shop.orders.by_hand');
    await onLive('alter table shop.orders drop column by_hand');
  });
});

describe('a change to what is live', () => {
  beforeAll(async () => {
    await project.write(noted, 'alter table shop.orders add constraint labelled check (label <> $$bad$$);\n');
    await rehearseAndSign(project);
  });
  beforeEach(() => onLive('alter table shop.orders drop constraint if exists labelled').catch(() => {}));

  test('that the data there refuses is taken back whole, with the file and the line', async () => {
    await onLive(`set role shop_owner; insert into shop.orders (id, label) values (99, 'bad')`);
    const refused = await promote();
    expect(refused).toMatchObject({ outcome: 'failed', state: 'untouched', error: { code: 'SQL_FAILED' } });
    expect(refused.error!.location).toMatchObject({ file: noted, line: 1 });
    expect(await applied()).not.toContain(noted);
    await onLive(`set role shop_owner; delete from shop.orders`);
  });

  test('that leaves a check of the target in doubt is taken back, and says which', async () => {
    await onLive('create role stray login in role shop_owner');
    const doubted = await promote();
    expect(doubted).toMatchObject({ outcome: 'no-go', state: 'untouched', error: null });
    expect(doubted.measurements.flatMap(({ findings }) => findings.map(({ object }) => object))).toEqual([
      'role stray',
    ]);
    expect(await applied()).not.toContain(noted);
    await onLive('drop role stray');
  });

  test('is tried again while somebody holds a lock, and taken back when nobody lets go', async () => {
    await using holder = await live.connect();
    await holder.script('begin; lock table shop.orders in access share mode');
    const stuck = await promote();
    expect(stuck).toMatchObject({ outcome: 'failed', state: 'untouched', error: { code: 'PROMOTE_LOCKS' } });
    expect(await applied()).not.toContain(noted);
  });

  test('that is cut off by its server is untouched, and says so', async () => {
    await using holder = await live.connect();
    await holder.script('begin; lock table shop.orders in access share mode');
    const running = promote();
    await vi.waitUntil(() => waiting(), { timeout: 20_000, interval: 20 });
    await live.ask(
      `select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'drydock promote'`,
    );
    expect(await running).toMatchObject({
      outcome: 'failed',
      state: 'untouched',
      error: { code: 'PROMOTE_CONNECTION' },
    });
  });

  test('is one promotion at a time', async () => {
    await using other = await live.connect();
    await other.query('select pg_advisory_lock($1)', [promotionLock]);
    expect(await promote()).toMatchObject({ outcome: 'failed', error: { code: 'PROMOTE_UNDER_WAY' } });
  });

  test('whose program is killed at any moment is in wholly or not at all, and the next one knows which', async () => {
    for (const wait of [900, 1300, 1700, 2300]) {
      const running = project
        .with({ LIVE_URL: live.url })
        .start('promote', '--to', 'live', '--confirm', 'PROMOTE', '--config', 'drydock.yaml');
      await sleep(wait);
      running.kill('SIGKILL');
      await running;
    }
    const isIn = (await applied()).includes(noted);
    await vi.waitUntil(
      async () => (await live.ask(`select count(*) from pg_locks where locktype = 'advisory'`)) === 0,
      { timeout: 20_000 },
    );
    const last = await promote();
    expect(last).toMatchObject({ outcome: 'go', state: 'promoted' });
    expect(last.migrations.map(({ file }) => file)).toEqual(isIn ? [] : [noted]);
    for (const { state } of last.settled) expect(['promoted', 'untouched']).toContain(state);
    expect((await applied()).filter((file) => file === noted)).toEqual([noted]);
    expect((await intents()).filter((name) => name.endsWith('.intent.json'))).toEqual([]);
    expect((await verifyTrail(join(project.folder, 'audit-log/trail'), { chain: 'prod' })).problems).toEqual([]);
  });
});

describe('what cannot run in a transaction', () => {
  const alone = 'sql/shop/0030_by_note.sql';
  const index = 'create index concurrently by_label on shop.orders (label);\n';

  beforeAll(async () => {
    await project.write(alone, `-- drydock: no-transaction\n${index}`);
    await rehearseAndSign(project);
  });

  test('is left for later when it fails, and the rest stays in; the next promotion goes on there', async () => {
    await onLive('set role shop_owner; create table shop.by_label ()');
    const part = await promote();
    expect(part).toMatchObject({ outcome: 'no-go', state: 'untouched' });
    await onLive('drop table shop.by_label');
    await using holder = await live.connect();
    await holder.script('begin; set role shop_owner; insert into shop.orders (id, label) values (77, $$held$$)');
    const stuck = await promote();
    expect(stuck.measurements.flatMap(({ findings }) => findings)).toEqual([]);
    expect(stuck).toMatchObject({ outcome: 'failed', state: 'in part', migrations: [] });
    await holder.script('rollback');
    expect(await live.ask(`select indisvalid from pg_index where indexrelid = 'shop.by_label'::regclass`)).toBe(false);
    const half = await promote();
    expect(half).toMatchObject({ outcome: 'no-go', state: 'untouched' });
    expect(half.measurements.at(-1)!.findings.map(({ object }) => object)).toContain('index shop.orders.by_label');
    await onLive('drop index shop.by_label');
    expect(await promote()).toMatchObject({ outcome: 'go', state: 'promoted', migrations: [{ file: alone }] });
    expect(await live.ask(`select indisvalid from pg_index where indexrelid = 'shop.by_label'::regclass`)).toBe(true);
  });

  test('is refused before what can', async () => {
    await project.write('sql/shop/0040_after.sql', 'alter table shop.orders add column after text;\n');
    await project.write(
      'sql/shop/0035_alone.sql',
      `-- drydock: no-transaction\n${index.replace('by_label', 'by_state').replace('(label)', '(state)')}`,
    );
    await rehearseAndSign(project);
    const refused = await promote();
    expect(refused).toMatchObject({ outcome: 'no-go', state: 'untouched' });
    expect(refused.measurements.flatMap(({ findings }) => findings)).toContainEqual(
      expect.objectContaining({ object: 'sql/shop/0040_after.sql' }),
    );
    await project.remove('sql/shop/0040_after.sql');
  });
});

function promote(...flags: string[]): Promise<Promotion> {
  return promotionTo(project, live, ...flags);
}

function objectsOf({ stdout }: Outcome): string[] {
  const { measurements } = JSON.parse(stdout) as Promotion;
  return measurements.flatMap(({ findings }) => findings.map(({ object }) => object));
}

async function onLive(script: string): Promise<void> {
  await using session = await live.connect();
  await session.script(script);
}

function applied(): Promise<string[]> {
  return live.ask(`select coalesce(array_agg(version order by version), '{}') from audit.migration_log`);
}

async function waiting(): Promise<boolean> {
  const waiters = `select count(*) from pg_stat_activity where application_name = 'drydock promote' and wait_event_type = 'Lock'`;
  return (await live.ask<number>(waiters)) > 0;
}

async function intents(): Promise<string[]> {
  return readdir(join(project.folder, '.drydock/promotions'));
}

async function closeOuts(): Promise<number> {
  return (await verifyTrail(join(project.folder, 'audit-log/trail'), { chain: 'prod' })).entries;
}
