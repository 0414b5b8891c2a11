import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testHome } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

let project: TestProject;
beforeAll(async () => {
  project = await TestProject.copy(testHome);
});
afterAll(() => project[Symbol.asyncDispose]());

const console_ = (...args: string[]) => project.drydock('console', ...args);

describe('drydock console token', () => {
  test('shows a token once, on standard output alone, and keeps its hash for its owner', async () => {
    const { code, stdout, stderr } = await console_('token', '--agent', 'sofiia', '--ttl', '1h');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^drydock_[0-9a-f]{10}_[\w-]{43}$/);
    expect(stderr).toMatch(/^Token [0-9a-f]{10} of sofiia \(agent_cto\), until /);
    const listed = await console_('tokens');
    expect(listed.stdout).toMatch(/in force sofiia, until .*, made by tester/);
    const file = (await project.read('.drydock/console/tokens.json')) + listed.stdout + stderr;
    expect(file).not.toContain(stdout.split('_')[2]);
    expect(statSync(join(project.folder, '.drydock/console/tokens.json')).mode & 0o077).toBe(0);
  });

  test('is revoked by its id, and no id is revoked twice', async () => {
    const { id } = JSON.parse((await console_('token', '--agent', 'helion', '--json')).stdout) as { id: string };
    expect(await console_('revoke', id)).toMatchObject({ code: 0, stdout: `The token ${id} opens nothing any more.` });
    expect((await console_('tokens')).stdout).toContain(`${id}  revoked`);
    const again = await console_('revoke', id);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('CONSOLE_TOKEN')]);
  });

  const refused: [what: string, args: string[], says: string][] = [
    ['without an agent', ['token'], '--agent is missing'],
    [
      'with more than its role has',
      ['token', '--agent', 'helion', '--entitlements', 'tools.erasure.approve'],
      'does not have tools.erasure.approve',
    ],
    [
      'for a workspace its agent has not',
      ['token', '--agent', 'stranger', '--workspaces', 'acme'],
      'does not have acme',
    ],
    ['for longer than 90 days', ['token', '--agent', 'sofiia', '--ttl', '91d'], '90d at most'],
    ['for no time', ['token', '--agent', 'sofiia', '--ttl', '0h'], '0h'],
    ['revoked without an id', ['revoke'], 'The id of a token is missing'],
  ];
  test.each(refused)('%s is a mistake of the caller', async (_what, args, says) => {
    const { code, stdout, stderr } = await console_(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });
});

describe('drydock console', () => {
  test('serves who has a token until it is told to end, and then lets go of its port', async () => {
    const { stdout: token } = await console_('token', '--agent', 'sofiia');
    const serving = project.start('console', '--port', 'any', '--config', 'drydock.yaml');
    const origin = await originOf(serving);
    const ask = (bearer: string) =>
      fetch(`${origin}/api/runs`, { headers: { authorization: `Bearer ${bearer}` } }).then(({ status }) => status);
    expect([await ask(token), await ask('wrong')]).toEqual([200, 401]);
    const port = new URL(origin).port;
    const taken = await console_('--port', port);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('CONSOLE_PORT')]);
    serving.kill('SIGINT');
    expect((await serving).exitCode).toBe(0);
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
  });

  test('told to listen where this machine has no address says so, and not to take another port', async () => {
    const { code, stderr } = await console_('--host', '192.0.2.1', '--port', 'any');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^CONSOLE_PORT: .*EADDRNOTAVAIL.*\n {2}Name an address of this machine/),
    ]);
  });

  const wrong: [what: string, args: string[], says: string, env?: Record<string, string>][] = [
    ['a port that is none', ['--port', '70000'], 'USAGE_PORT'],
    ['an origin with a path', ['--origin', 'https://console.example.com/x'], 'is not like'],
    ['a key of a proxy that can be guessed', ['--port', 'any'], 'shorter than 32', { DRYDOCK_PROXY_KEY: 'secret' }],
  ];
  test.each(wrong)('does not start with %s', async (_what, args, says, env = {}) => {
    const { code, stderr } = await project.with(env).drydock('console', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
    expect(stderr).not.toContain('secret ');
  });

  test('does not start with a policy that cannot be read', async () => {
    await project.write('rbac.yml', 'roles: 7');
    const { code, stderr } = await console_('--port', 'any', '--policies', '.');
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain('CONFIG_POLICY');
  });
});

/** What the console says it is reached at, once it listens. */
async function originOf(serving: ReturnType<TestProject['start']>): Promise<string> {
  let said = '';
  serving.stdout.on('data', (text) => (said += String(text)));
  for (let waited = 0; waited < 20_000; waited += 20) {
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (origin) return origin;
    await sleep(20);
  }
  throw new Error(`the console did not start: ${said}`);
}
