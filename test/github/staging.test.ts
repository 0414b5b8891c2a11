import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/home.ts';
import { said, step } from './rehearsal/told.ts';
import { commitOfWorkingTree, token, World } from './rehearsal/world.ts';

const workflow = 'housekeeping-staging.yml';
const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());
let template: string;
beforeAll(async () => {
  template = await commitOfWorkingTree(folder.path);
});

const world = (changes?: Readonly<Record<string, string>>) => World.of(folder.path, template, changes);
const real = { dry_run: false };

/** A server that lets nobody in, and counts who came. */
async function doorbell() {
  let knocks = 0;
  const server = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `postgres://admin:s3cret-of-staging@127.0.0.1:${port}/?sslmode=disable`,
    knocks: () => knocks,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What differs from run to run, replaced by what it is. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d{8}T\d{6}Z-[0-9a-f]{8}/g, 'RUN')
    .replace(/[0-9a-f]{64}/g, 'SHA256')
    .replace(/[0-9a-f]{40}/g, 'COMMIT')
    .replace(/(codex\\?_staging\\?_)[0-9a-f]{8}/g, '$1LEASE')
    .replace(/\d+ ms/g, 'N ms')
    .replace(/Slowest: .*/g, 'Slowest: STEPS')
    .replace(/^\|.*$/gm, (row) => row.replace(/\b\d+(\.\d+)?\b/g, 'N'));
}

describe('the staging workflow', () => {
  test('goes on the example: evidence kept, the close-out proposed, main as it was, no secret in what left', async () => {
    await using github = await world();
    const run = await github.dispatch(workflow, { inputs: { ...real, code_scanning: true, attest: true } });
    expect(said(run)).not.toContain('::error');
    expect(run.result).toBe('success');
    const { outputs, summary } = run.jobs['rehearse']!;
    expect(outputs['outcome']).toBe('go');
    expect(steady(summary)).toMatchSnapshot();

    const names = readdirSync(github.artifacts).sort();
    expect(names).toEqual([`close-out-${outputs['run-id']}`, `drydock-${outputs['run-id']}`]);
    const branch = `drydock/close-out-${outputs['run-id']}`;
    expect((await github.branches()).split('\n')).toEqual([branch, 'main']);
    expect(await github.pullRequests()).toContain(`base=main\n-f\nhead=${branch}\n`);
    await using proposed = await github.clone(branch);
    const changed = await proposed.git('diff', '--name-only', 'origin/main');
    expect(changed.split('\n').filter((file) => !file.startsWith('audit-log/trail/'))).toEqual([]);
    const entry = await proposed.git('diff', 'origin/main', '--', 'audit-log/trail/*.md');
    expect(entry).toContain('+## CI Automation Close-Out (');
    expect(entry).toContain('| workflow run | https://github.com/owner/name/actions/runs/4711/attempts/1 |');
    expect(entry).toContain('| actor | mona |');
    expect(entry).toContain('| ref | refs/heads/main |');
    expect(entry).toContain('| SHA | c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00 |');

    expect(github.received).toMatchObject({
      sarif: { version: '2.1.0' },
      attestation: { type: 'urn:drydock:verdict:v1', predicate: { verdict: 'go', run: outputs['run-id'] } },
    });
    const log = said(run);
    const secrets = [...[...log.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret]) => secret!), token];
    expect(secrets.length).toBeGreaterThan(2);
    const left = [await github.whatLeft(), summary, JSON.stringify(outputs), log.replaceAll(/^::add-mask::.+$/gm, '')];
    expect(secrets.filter((secret) => left.some((text) => text.includes(secret)))).toEqual([]);
  });

  test('a dry run knocks at no named server, and opens neither a branch nor a pull request', async () => {
    await using github = await world();
    await using staging = await doorbell();
    const run = await github.dispatch(workflow, {
      inputs: { dry_run: true, provider: 'staging' },
      secrets: { DRYDOCK_STAGING_URL: staging.url },
    });
    expect(run.result).toBe('success');
    expect(staging.knocks()).toBe(0);
    expect(await github.branches()).toBe('main');
    expect(await github.pullRequests()).toBe('');
    expect(run.jobs['propose']!.result).toBe('skipped');
    expect(run.jobs['rehearse']!.outputs).toMatchObject({ outcome: 'go', 'trail-sha256': '' });
    expect(said(run)).toContain('::notice::A dry run leaves the remote server alone');
    const kept = join(github.artifacts, `drydock-${run.jobs['rehearse']!.outputs['run-id']}`);
    const closeOut = readFileSync(join(kept, 'close-out.md'), 'utf8');
    expect(closeOut).toMatch(/^## CI Automation Close-Out \(.+Z\) \(dry run\)\n/);
    expect(closeOut).not.toContain('<!-- drydock');
    expect(closeOut).toContain('| provider | embedded |');
  });

  test('the same without dry_run does knock, is red, and names the place without the password', async () => {
    await using github = await world();
    await using staging = await doorbell();
    const run = await github.dispatch(workflow, {
      inputs: { ...real, provider: 'staging' },
      secrets: { DRYDOCK_STAGING_URL: staging.url },
    });
    expect(run.result).toBe('failure');
    expect(staging.knocks()).toBeGreaterThan(0);
    expect(run.jobs['rehearse']!.summary).toMatch(/^# FAILED: ehg\n/);
    expect(said(run)).toContain(`::error title=CONNECT_FAILED::Cannot reach Postgres at 127.0.0.1:${staging.port}`);
    const log = said(run).replaceAll(/^::add-mask::.+$/gm, '');
    expect([log, await github.whatLeft()].filter((text) => text.includes('s3cret-of-staging'))).toEqual([]);
    expect(run.jobs['propose']!.result).toBe('success');
  });

  test('goes on a service container, also in a dry run: that server was made for the job', async () => {
    await using github = await world();
    const run = await github.dispatch(workflow, { inputs: { provider: 'service' } });
    expect(said(run)).not.toContain('::error');
    const { outputs, summary } = run.jobs['rehearse']!;
    expect(outputs['outcome']).toBe('go');
    expect(summary).toContain('required gates are go. remote, Postgres 16.');
    expect(await github.whatLeft()).not.toContain('4711-1@');
  });

  test.each<[string, Readonly<Record<string, string | boolean>>, string]>([
    ['an embedded Postgres of another version', { postgres_version: '17' }, 'The embedded Postgres is 16, not 17'],
    ['the staging server without its secret', { ...real, provider: 'staging' }, 'DRYDOCK_STAGING_URL is not set'],
  ])('refuses %s before it does anything', async (_what, inputs, reason) => {
    await using github = await world();
    const run = await github.dispatch(workflow, { inputs });
    expect(run.result).toBe('failure');
    expect(step(run, 'Look at the inputs')).toMatchObject({ exitCode: 2, log: expect.stringContaining(reason) });
    expect(step(run, 'Rehearse').conclusion).toBe('skipped');
    expect(await github.branches()).toBe('main');
  });

  test.each<[string, Readonly<Record<string, string>>, number, string, RegExp]>([
    [
      'a broken migration, at its file and line',
      {
        'ops/sql/eng/0900_broken.sql': '-- title: Broken\n\nselect id,\n    titel from eng.strategic_directives_v2;\n',
      },
      1,
      'failed',
      /::error title=SQL_FAILED,file=ops\/sql\/eng\/0900_broken\.sql,line=4::.*column "titel" does not exist/,
    ],
    [
      'a planted fault: a table whose rows nobody decided about',
      {
        'ops/sql/eng/0900_bare.sql':
          '-- title: A table without a policy\n\ncreate table eng.bare (id integer primary key);\n',
      },
      3,
      'no-go',
      /::error title=[^:]+::.*eng\.bare/,
    ],
    [
      'a failed check',
      {
        'ops/sql/checks/nothing_is_right.sql':
          "-- title: Nothing is right\n-- why: to see it red\n-- remedy: Remove it.\n\nselect 'eng' as object, 2::bigint as examined, 1::bigint as violations, 'wrong' as detail;\n",
      },
      3,
      'no-go',
      /::error title=[^:]*nothing_is_right[^:]*::eng: wrong/,
    ],
  ])('is red on %s', async (_what, changes, exitCode, outcome, annotation) => {
    await using github = await world(changes);
    const run = await github.dispatch(workflow, { inputs: { dry_run: true } });
    expect(run.result).toBe('failure');
    expect(step(run, 'Drydock').exitCode).toBe(exitCode);
    expect(run.jobs['rehearse']!.outputs['outcome']).toBe(outcome);
    expect(run.jobs['rehearse']!.summary).toMatch(new RegExp(`^# ${outcome.toUpperCase()}: ehg\n`));
    expect(said(run)).toMatch(annotation);
    expect(step(run, 'Keep the evidence').conclusion).toBe('success');
  });

  test('is red when the server is lost in the middle, and keeps the evidence', async () => {
    await using github = await world({
      'ops/sql/eng/0900_slow.sql': '-- title: Slow\n\nselect pg_catalog.pg_sleep(300);\n',
    });
    let killed = false;
    const run = await github.dispatch(workflow, {
      inputs: { ...real },
      onLog: (chunk) => {
        if (killed || !chunk.includes('Apply the migrations')) return;
        killed = killServers(join(folder.path, 'instances'));
      },
    });
    expect(killed).toBe(true);
    expect(run.result).toBe('failure');
    expect(run.jobs['rehearse']!.summary).toMatch(/^# FAILED: ehg\n/);
    expect(step(run, 'Keep the evidence').conclusion).toBe('success');
    expect(run.jobs['propose']!.result).toBe('success');
  });
});

/** Ends every server of these instances at once. @returns whether there was one */
function killServers(instances: string): boolean {
  const pids = readdirSync(instances, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('postmaster.pid'))
    .map((file) => Number(readFileSync(join(instances, file), 'utf8').split('\n')[0]));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length > 0;
}
