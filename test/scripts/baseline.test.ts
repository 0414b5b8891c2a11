import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Redactor } from '../../ops/redact.ts';
import type { Project } from '../../ops/config/index.ts';
import { urlOfTarget } from '../../ops/postgres/index.ts';
import { withBaseline } from '../../scripts/baseline.ts';
import type { RunSettings } from '../../stage/step.ts';
import { testHome } from '../support/home.ts';
import { TestProject } from '../support/project.ts';
import { Staging, tinyFile } from '../support/staging.ts';

let live: Staging;
let project: Project;
beforeAll(async () => {
  live = await (await Staging.start({ file: tinyFile })).run('bootstrap');
  const { config } = live.project;
  const targets = { elsewhere: { urlFrom: 'ELSEWHERE_URL' }, live: { urlFrom: 'LIVE_URL' } };
  project = { ...live.project, config: { ...config, promotion: { ...config.promotion, targets } } };
});
afterAll(() => live?.[Symbol.asyncDispose]());

const plain: RunSettings = { ingest: 'dry-run', actor: 'tester', version: '0' };

/** The settings that come of some settings and an environment, and what was said. */
async function settled(env: Record<string, string>, settings = plain, of = project) {
  const said: string[] = [];
  const order = { settings, project: of, redactor: new Redactor(), signal: new AbortController().signal };
  const { settings: after } = await withBaseline(order, { env, err: (text: string) => void said.push(text) });
  return { after, said: said.join('') };
}

const urlOf = (database?: string) => urlOfTarget(live.target(database));

async function promoted(id: string, at: string, commit: string): Promise<void> {
  await using session = await live.connect();
  await session.query(
    `insert into audit.promotion (promotion_id, promoted_at, run_id, report_sha256, source_commit, actor, migrations)
     values ($1, $2, 'run', repeat('0', 64), $3, 'tester', '[]')`,
    [id, at, commit],
  );
}

describe('the baseline that nobody names', () => {
  test('is none where no target is known, and where one is named already', async () => {
    expect(await settled({})).toEqual({ after: plain, said: '' });
    const named = { ...plain, baseline: 'main' };
    expect(await settled({ LIVE_URL: 'postgres://nobody@127.0.0.1:1/x' }, named)).toEqual({ after: named, said: '' });
    const { performance } = project.config;
    const inFile = { ...project, config: { ...project.config, performance: { ...performance, baseline: 'main' } } };
    expect(await settled({ LIVE_URL: urlOf() }, plain, inFile)).toEqual({ after: plain, said: '' });
  });

  test('is none where nothing was promoted yet, or Drydock never was, and says so', async () => {
    expect((await settled({ LIVE_URL: urlOf() })).after).toEqual({
      ...plain,
      noBaseline: 'nothing was promoted to live yet',
    });
    expect((await settled({ LIVE_URL: urlOf('postgres') })).after).toMatchObject({
      noBaseline: 'nothing was promoted to live yet',
    });
  });

  test('is the commit that was promoted last', async () => {
    await promoted('p-2', '2026-02-02T00:00:00Z', 'b'.repeat(40));
    await promoted('p-1', '2026-01-01T00:00:00Z', 'a'.repeat(40));
    const { after, said } = await settled({ LIVE_URL: urlOf() });
    expect(after).toEqual({ ...plain, baseline: 'b'.repeat(40) });
    expect(said).toContain('promoted to live as p-2');
  });

  test('is none where the target cannot be asked, and nobody reads its password', async () => {
    const { after, said } = await settled({ LIVE_URL: 'postgres://nobody:s3cret@127.0.0.1:1/x?sslmode=disable' });
    expect(after.noBaseline).toMatch(/^live could not be asked what was promoted to it: /);
    expect(said + after.noBaseline).not.toContain('s3cret');
  });
});

test('“drydock perf” alone is unproven without a baseline, and says how to name one', async () => {
  await using own = await TestProject.copy(testHome);
  const { code, stdout, stderr } = await own.drydock('perf', '--quiet');
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  expect(stdout).toContain('there is no baseline; --baseline GITREF names one');
  expect(stdout).toContain('UNPROVEN');
});
