import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { loadFixes, runFix, type Fix } from '../../../stage/fixes/index.ts';
import { Staging } from '../../support/staging.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
});
afterAll(() => staging?.[Symbol.asyncDispose]());

const requirement = (number: number) => `e1000000-0000-4000-8000-00000000000${number}`;
const item = (number: number) => `b1000000-0000-4000-8000-00000000000${number}`;

/** A staging of its own with something wrong in it. */
async function broken(plant: string): Promise<Session> {
  const clone = await staging.clone();
  onTestFinished(() => clone[Symbol.asyncDispose]());
  const session = await clone.connect();
  onTestFinished(() => session.close());
  await session.script(plant);
  return session;
}

async function fixNamed(name: string): Promise<Fix> {
  return (await loadFixes(staging.project)).find((fix) => fix.name === name)!;
}

async function fix(session: Session, name: string, order: { apply: boolean; csv?: string }) {
  return runFix(session, staging.project, await fixNamed(name), order);
}

const scores = `alter table eng.product_requirements_v2 drop constraint completeness_is_0_to_100;
  update eng.product_requirements_v2 set completeness_score = -5 where id = '${requirement(1)}';
  update eng.product_requirements_v2 set completeness_score = 250 where id = '${requirement(2)}';`;

describe('a fix', () => {
  test('shows what it would do, and takes it back', async () => {
    const session = await broken(scores);
    const fixed = await fix(session, 'clamp_scores', { apply: false });
    expect(fixed).toMatchObject({ applied: false, changed: 2 });
    expect(fixed.deltas).toContainEqual({ check: 'check/requirement_integrity', before: 2, after: 0 });
    expect(fixed.review).toEqual([
      { id: requirement(2), title: 'PRD: Database-First', before: 250, after: 100 },
      { id: requirement(1), title: 'PRD: Two-App Boundary', before: -5, after: 0 },
    ]);
    const { rows } = await session.query(
      'select completeness_score as score from eng.product_requirements_v2 where id = any ($1) order by 1',
      [[requirement(1), requirement(2)]],
    );
    expect(rows).toEqual([{ score: -5 }, { score: 250 }]);
  });

  test('is refused where migrations are missing, and says which are applied first', async () => {
    await using bare = await (await Staging.start()).run('bootstrap');
    await using session = await bare.connect();
    const early = runFix(session, bare.project, await fixNamed('clamp_scores'), { apply: false });
    await expect(early).rejects.toMatchObject({
      code: 'FIX_NOT_APPLIED',
      message: expect.stringMatching(/lacks (\d+) of \1 migrations, beginning with sql\//),
    });
  });

  test('applied stays, and a second time finds nothing to do', async () => {
    const session = await broken(scores);
    expect(await fix(session, 'clamp_scores', { apply: true })).toMatchObject({ applied: true, changed: 2 });
    expect(await fix(session, 'clamp_scores', { apply: true })).toMatchObject({ changed: 0, review: [] });
  });

  test('gives unknown risks and priorities in other words a known one', async () => {
    const session = await broken(`
      alter table eng.product_requirements_v2 drop constraint risk_is_known;
      update eng.product_requirements_v2 set risk_rating = 'unknown' where id = '${requirement(1)}';
      update eng.product_requirements_v2 set risk_rating = null where id = '${requirement(2)}';
      alter table eng.backlog_items drop constraint priority_is_p0_to_p3;
      update eng.backlog_items set priority = ' Critical' where id = '${item(1)}';
      update eng.backlog_items set priority = 'P9' where id = '${item(2)}';
      update eng.backlog_items set priority = null where id = '${item(3)}'`);
    expect(await fix(session, 'known_risks', { apply: true })).toMatchObject({
      changed: 2,
      deltas: [{ check: 'check/requirement_integrity', before: 2, after: 0 }],
    });
    await fix(session, 'normalise_priorities', { apply: true });
    const { rows } = await session.query<{ priority: string }>(
      'select priority from eng.backlog_items where id = any ($1) order by id',
      [[item(1), item(2), item(3)]],
    );
    expect(rows.map(({ priority }) => priority)).toEqual(['P0', 'P3', 'P3']);
  });

  const orphans = `update eng.backlog_items set prd_id = null where id = any ('{${[1, 2, 3].map(item).join(',')}}')`;
  const header = 'backlog_id,chosen_prd_id,action,comment';

  test('links orphans as people chose, and says of every other line why it linked nothing', async () => {
    const session = await broken(orphans);
    const nobody = '99999999-0000-4000-8000-000000000099';
    const lines = [
      [item(1), requirement(1), 'link'],
      [item(2), '', 'link'],
      [item(3), requirement(1), 'link'],
      [item(4), requirement(4), 'link'],
      [nobody, requirement(1), 'link'],
      ['no-uuid', requirement(1), 'archive'],
    ];
    const csv = [header, ...lines.map((line) => `${line.join(',')},`)].join('\n');
    const fixed = await fix(session, 'link_orphans', { apply: true, csv });
    expect(Object.fromEntries(fixed.review.map(({ backlog_id, outcome }) => [backlog_id, outcome]))).toEqual({
      [item(1)]: 'linked',
      [item(2)]: 'no_prd_supplied',
      [item(3)]: 'other: the requirement is of another directive',
      [item(4)]: 'not_orphan',
      [nobody]: 'backlog_not_found',
      'no-uuid': 'non_link_action',
    });
    expect(fixed).toMatchObject({ changed: 1 });
    expect(fixed.deltas[0]).toEqual({ check: 'check/orphaned_items', before: 3, after: 2 });
    const missing = [header, `${item(2)},${nobody},link,`].join('\n');
    expect((await fix(session, 'link_orphans', { apply: false, csv: missing })).review).toMatchObject([
      { outcome: 'prd_not_found' },
    ]);
  });

  test.each([
    [
      'unknown actions and rows chosen twice',
      `${header}\n${item(1)},,remove,\n${item(1)},,ignore,`,
      /"remove" is none of .*more than once/,
    ],
    ['a missing column', 'backlog_id,action,comment\nx,ignore,', /no column chosen_prd_id/],
    ['what is no CSV', `${header}\n"unclosed`, /is no CSV/],
    ['no choices at all', undefined, /it needs choices/],
  ])('refuses %s, all of it at once, and changes nothing', async (_what, csv, message) => {
    const session = await broken(orphans);
    const order = csv === undefined ? { apply: true } : { apply: true, csv };
    await expect(fix(session, 'link_orphans', order)).rejects.toMatchObject({
      code: 'FIX_CSV',
      message: expect.stringMatching(message),
    });
    expect(await session.row('select count(*) as n from eng.backlog_items where prd_id is null')).toEqual({ n: 3 });
  });

  test('takes a value for a value, whatever stands in it', async () => {
    const session = await broken(orphans);
    const csv = `${header}\n${item(1)},"'; drop table eng.backlog_items; --",link,"it's :'csv'"`;
    const fixed = await fix(session, 'link_orphans', { apply: true, csv });
    expect(fixed.review).toMatchObject([{ outcome: 'prd_not_found' }]);
  });

  test('that breaks more than it mends is taken back', async () => {
    const session = await broken(scores);
    const good = await fixNamed('clamp_scores');
    const change = { text: 'update eng.product_requirements_v2 set completeness_score = null', start: 0 };
    await expect(runFix(session, staging.project, { ...good, change }, { apply: true })).rejects.toMatchObject({
      code: 'FIX_WORSE',
      message: expect.stringContaining('check/requirement_integrity finds 4, and found 2'),
    });
    expect(await session.row('select count(completeness_score) as n from eng.product_requirements_v2')).toEqual({
      n: 4,
    });
  });

  test('runs as its service, and not past the policies as the administrator', async () => {
    const session = await broken('drop policy service_does_all on eng.product_requirements_v2');
    const good = await fixNamed('known_risks');
    const change = { text: `update eng.product_requirements_v2 set risk_rating = 'low'`, start: 0 };
    await expect(runFix(session, staging.project, { ...good, change }, { apply: true })).resolves.toMatchObject({
      changed: 0,
    });
  });

  test('names a check that is there', async () => {
    const session = await broken('select 1');
    const good = await fixNamed('known_risks');
    await expect(
      runFix(session, staging.project, { ...good, check: 'nothing' }, { apply: false }),
    ).rejects.toMatchObject({ code: 'FIX_CHECK' });
  });
});
