import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Ramp } from '../../stage/promotion/index.ts';
import { Production, promoteTo, promotingProject } from '../support/production.ts';
import type { TestProject } from '../support/project.ts';
import { rehearseAndSign } from '../support/team.ts';

const tickets = 400;
const linked = 'select count(*) from desk.tickets where order_id is not null';

let live: Production;
let project: TestProject;

beforeAll(async () => {
  live = await Production.start('ramp-test');
  project = await promotingProject('  ramp: { folder: sql/ramp, waits: [200ms], every: 50ms }\n');
  await mkdir(join(project.folder, 'sql/ramp'));
  await project.write('sql/ramp/linked.sql', '-- title: No more is linked than we can take\nselect 1 where false;\n');
  await rehearseAndSign(project);
  expect(await promoteTo(project, live, '--bootstrap')).toMatchObject({ code: 0 });
  await using session = await live.connect();
  await session.script(`
    set role shop_owner; insert into shop.orders (id, label, state) values (1, 'lamp', 'open');
    set role desk_owner; insert into desk.tickets (id, subject) select n, 'lamp ' || n from generate_series(1, ${tickets}) as n`);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

test('a ramp wants the word, and a project that declares one', async () => {
  const url = { LIVE_URL: live.url };
  expect(await project.with(url).drydock('ramp', '--to', 'live')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--confirm PROMOTE'),
  });
  expect(await live.ask(linked)).toBe(0);
});

test('a ramp that nothing would stop does not begin', async () => {
  await project.remove('sql/ramp/linked.sql');
  const unwatched = await project.with({ LIVE_URL: live.url }).drydock('ramp', '--to', 'live', '--confirm', 'PROMOTE');
  expect(unwatched).toMatchObject({ code: 1, stderr: expect.stringContaining('RAMP_NONE') });
  expect(await live.ask(linked)).toBe(0);
  await limit(2 * tickets);
});

test('Ctrl-C puts the share back', async () => {
  await project.edit('drydock.yaml', 'waits: [200ms]', 'waits: [1m]');
  const running = project
    .with({ LIVE_URL: live.url })
    .start('ramp', '--to', 'live', '--confirm', 'PROMOTE', '--config', 'drydock.yaml');
  const share = 'select max(percent) from drydock.link_share';
  await vi.waitUntil(async () => (await live.ask(share)) === 10, { timeout: 20_000, interval: 50 });
  running.kill('SIGINT');
  expect((await running).exitCode).toBe(130);
  expect(await live.ask(share)).toBe(0);
  await project.edit('drydock.yaml', 'waits: [1m]', 'waits: [200ms]');
  await using session = await live.connect();
  await session.script('set role desk_owner; update desk.tickets set order_id = null');
});

test('a thrown kill switch lets not even the first share go live', async () => {
  const { verdict, percent } = await ramp({ HOUSEKEEPING_KILL_SWITCH: 'on' });
  expect({ verdict, percent, linked: await live.ask(linked) }).toEqual({ verdict: 'no-go', percent: 0, linked: 0 });
});

test('a look that finds something wrong is the last one, however long was to be waited', async () => {
  await limit(0.3 * tickets);
  const { verdict, percent, stages } = await ramp();
  expect([verdict, percent, stages.length]).toEqual(['no-go', 10, 2]);
  expect(stages.at(-1)).toMatchObject({ percent: 50, looks: 2 });
});

test('a query that finds something wrong ends the ramp and puts the share back', async () => {
  await limit(0.8 * tickets);
  const { verdict, percent, stages } = await ramp();
  expect(verdict).toBe('no-go');
  expect(stages.map((stage) => stage.percent)).toEqual([10, 50, 100]);
  expect(stages.map(({ looks }) => looks >= 2)).toEqual([true, true, true]);
  expect(stages.at(-1)!.measurements.at(-1)!.findings[0]!.detail).toBe(`linked ${tickets}`);
  expect(percent).toBe(50);
  expect(await live.ask('select percent from drydock.link_share')).toBe(50);
});

test('a row is in by its key, so that a share is the same rows whoever links', async () => {
  const half = 'mod(hashtextextended(id::text, 0) & 9223372036854775807, 100) < 50';
  await using session = await live.connect();
  await session.script(`
    set role desk_owner; update desk.tickets set order_id = null;
    set role desk_service; select * from desk.link_desk('sql/ingest/0020_tickets.sql')`);
  expect(await live.ask(linked)).toBeGreaterThan(0.4 * tickets);
  expect(await live.ask(`select bool_and((order_id is not null) = (${half})) from desk.tickets`)).toBe(true);
});

test('a ramp that nothing stops is at a hundred, and written down', async () => {
  await limit(2 * tickets);
  const { verdict, percent } = await ramp();
  expect({ verdict, percent }).toEqual({ verdict: 'go', percent: 100 });
  expect(await live.ask(linked)).toBe(tickets);
  const day = `audit-log/trail/${new Date().toISOString().slice(0, 10)}-prod.md`;
  expect(await project.read(day)).toMatch(/## Ramp Close-Out .*\n\n\*\*go\*\*: 100 % of the ingest is live/);
});

async function ramp(env = {}): Promise<Ramp> {
  const { stdout } = await project
    .with({ LIVE_URL: live.url, ...env })
    .drydock('ramp', '--to', 'live', '--confirm', 'PROMOTE', '--json');
  return JSON.parse(stdout) as Ramp;
}

/** A query that objects when more tickets are linked than that. */
async function limit(most: number): Promise<void> {
  const query = `select count(*) as linked from desk.tickets where order_id is not null having count(*) > ${most};`;
  await project.write('sql/ramp/linked.sql', `-- title: No more is linked than we can take\n${query}\n`);
}
