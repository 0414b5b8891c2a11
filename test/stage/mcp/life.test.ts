import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readTrail } from '../../../audit-log/trail/index.ts';
import { join } from 'node:path';
import { keepLeases } from '../../../stage/leases/index.ts';
import { Agent, AgentStaging } from '../../support/mcp.ts';
import { Staging, tinyFile } from '../../support/staging.ts';
import { TestProject } from '../../support/project.ts';
import { testHome } from '../../support/home.ts';

vi.setConfig({ testTimeout: 30_000 });

let staging: AgentStaging;
beforeAll(async () => {
  staging = await AgentStaging.up();
});
afterAll(() => staging[Symbol.asyncDispose]());

const over = (role: string) =>
  vi.waitUntil(async () => (await staging.leftOf(role)) === 0, { timeout: 15_000, interval: 50 });
const why = async (role: string): Promise<string> => {
  const [row] = await staging.rows(
    "select detail ->> 'reason' as reason from audit.lease_event where lease = $1 and event = 'ended'",
    [role],
  );
  return row!['reason'] as string;
};

describe('the lease of an agent ends, sessions and role,', () => {
  test('when the client closes, and both ends of it stand in the trail', async () => {
    const agent = await staging.agent(['--agent', 'ada']);
    expect(await agent.rows('select session_user::text')).toEqual([[agent.role]]);
    expect(await staging.leftOf(agent.role)).toBeGreaterThan(2);
    await agent[Symbol.asyncDispose]();
    await over(agent.role);
    expect(await why(agent.role)).toBe('its client went away');
    const trail = await readTrail(join(staging.project.folder, 'audit-log/trail'));
    const entries = trail.filter(({ body }) => body.includes(agent.role));
    expect(entries.map(({ heading }) => heading)).toEqual([
      expect.stringContaining('Lease Hand-Over'),
      expect.stringContaining('Lease End'),
    ]);
  });

  test('when standard input is closed in the middle of a call', async () => {
    const raw = staging.raw();
    const said: string[] = [];
    raw.stderr!.on('data', (piece) => said.push(String(piece)));
    raw.stdin!.write(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"sql":"select pg_sleep(25)"}}}\n',
    );
    const active = "select from pg_stat_activity where query = 'select pg_sleep(25)'";
    await vi.waitUntil(async () => (await staging.rows(active)).length === 1, { timeout: 10_000 });
    raw.stdin!.end();
    const { exitCode } = await raw;
    const role = /^(\S+) is lent/.exec(said.join(''))![1]!;
    expect([exitCode, await staging.leftOf(role), await why(role)]).toEqual([0, 0, 'its client went away']);
    expect((await staging.events(role)).map(({ action }) => action)).toEqual(['mcp/query']);
  });

  test('on SIGTERM', async () => {
    const raw = staging.raw();
    const said = await new Promise<string>((resolve) => raw.stderr!.once('data', (piece) => resolve(String(piece))));
    raw.kill('SIGTERM');
    const { exitCode } = await raw;
    const role = said.split(' ')[0]!;
    expect([exitCode, await staging.leftOf(role), await why(role)]).toEqual([130, 0, 'its tool server was stopped']);
  });

  test('by expiry, in the middle of a call too, which is told so', async () => {
    await using agent = await staging.agent(['--ttl', '2s']);
    const { code, text } = await agent.call('query', { sql: 'select pg_sleep(20)' });
    expect([code, text]).toEqual(['MCP_LEASE_OVER', expect.stringContaining('expired')]);
    await over(agent.role);
    expect((await agent.call('describe')).code).toBe('MCP_LEASE_OVER');
    expect((await agent.call('check')).code).toBe('MCP_LEASE_OVER');
    expect((await staging.events(agent.role)).map(({ status }) => status)).toEqual(['denied', 'denied', 'denied']);
  });

  test('when the operator revokes it, which the next call is told', async () => {
    await using agent = await staging.agent();
    await using other = await staging.agent();
    await agent.rows('select 1');
    expect((await staging.project.drydock('revoke', agent.role)).code).toBe(0);
    const { code, text } = await agent.call('query', { sql: 'select 1' });
    expect([code, text]).toEqual(['MCP_LEASE_OVER', expect.stringContaining('revoked, by tester')]);
    expect(await other.rows('select 1')).toEqual([[1]]);
  });

  test('when it gives it back', async () => {
    await using agent = await staging.agent();
    expect((await agent.call('lease_close')).value).toEqual({ role: agent.role, ended: true });
    expect([await staging.leftOf(agent.role), await why(agent.role)]).toEqual([0, 'its holder gave it back']);
    expect((await agent.call('lease_close')).isError).toBe(false);
    expect((await agent.call('run_step', { step: 'hydrate' })).code).toBe('MCP_LEASE_OVER');
  });

  test('by the keeper when the server was killed', async () => {
    const agent = await staging.agent(['--ttl', '3s']);
    await agent.rows('select 1');
    process.kill(agent.transport.pid!, 'SIGKILL');
    expect(await staging.leftOf(agent.role)).toBeGreaterThan(1);
    await over(agent.role);
    expect(await why(agent.role)).toBe('expired');
  });

  test('a session that was ended under it is not the end: the call is told, the next one works', async () => {
    await using agent = await staging.agent();
    const call = agent.call('query', { sql: 'select pg_sleep(15)' });
    const end =
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(15)' and state = 'active'";
    await vi.waitUntil(async () => (await staging.rows(end)).length === 1, { timeout: 10_000 });
    expect((await call).code).toBe('MCP_SESSION_LOST');
    expect(await agent.rows('select 1')).toEqual([[1]]);
  });
});

describe('without a keeper', () => {
  test('the server ends its own lease at expiry, and after a kill the next reap does', async () => {
    await using server = await Staging.start({ file: tinyFile });
    await server.run('bootstrap', 'apply');
    const { host, port, user, password, database } = server.target();
    const login = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
    await using project = await TestProject.copy(testHome);
    await using admin = await server.connect();
    const left = async (role: string) =>
      (await admin.row<{ left: number }>('select count(*) as left from pg_roles where rolname = $1', [role])).left;

    await using agent = new Agent(project, ['--ttl', '1s'], login);
    await agent.client.connect(agent.transport);
    await vi.waitUntil(async () => (await left(agent.role)) === 0, { timeout: 15_000, interval: 50 });
    expect((await agent.call('lease_status')).text).toContain('expired');

    await using killed = new Agent(project, ['--ttl', '1m'], login);
    await killed.client.connect(killed.transport);
    process.kill(killed.transport.pid!, 'SIGKILL');
    const { ended } = await keepLeases(admin, new Date(Date.now() + 61_000));
    expect(ended.map(({ role }) => role)).toEqual([killed.role]);
    expect(await left(killed.role)).toBe(0);
  });
});

describe('a client that cannot be served', () => {
  const refused = async (project: TestProject, ...args: string[]) => {
    const agent = new Agent(project, args, {});
    const error = await agent.client.connect(agent.transport).then(
      () => undefined,
      (reason: Error) => reason,
    );
    await vi.waitUntil(() => agent.stderr.includes('_')); // the code is there too
    await agent.transport.close();
    return `${error?.message}\n${agent.stderr}`;
  };

  test('is told why in its own words and on standard error: no staging, no such profile, a wrong flag', async () => {
    await using nowhere = await TestProject.copy(testHome);
    expect(await refused(nowhere)).toMatch(/STAGING_NONE: .*Bring one up with "drydock up"[^]*\nSTAGING_NONE/);
    expect(await refused(staging.project, '--role', 'agnet')).toMatch(
      /LEASE_PROFILE.*Did you mean agent[^]*\nLEASE_PROFILE/,
    );
    expect(await refused(staging.project, '--ttl', '90d')).toContain('LEASE_TTL');
    expect(await refused(staging.project, '--rows', 'many')).toContain('USAGE_NUMBER');
    expect(await refused(staging.project, '--timeout', '0s')).toContain('USAGE_TIMEOUT');
    const agent = new Agent(staging.project, [], { AUDIT_HMAC_KEY: 'k1:short' });
    await expect(agent.client.connect(agent.transport)).rejects.toThrow('USAGE_HMAC_KEY');
    expect(agent.stderr).not.toContain('k1:short');
  });
});

describe('with --attack', () => {
  test('a twin attacks first, and a way out stops the start', async () => {
    await using agent = await staging.agent(['--attack']);
    expect(await agent.rows('select 1')).toEqual([[1]]);
    await staging.admin.query('grant delete on shop.orders to agent');
    const stopped = new Agent(staging.project, ['--attack'], {});
    await expect(stopped.client.connect(stopped.transport)).rejects.toThrow('MCP_WAY_OUT');
    await staging.admin.query('revoke delete on shop.orders from agent');
  });
});

test('a staging that was taken down is named, and the client can still leave', async () => {
  await using agent = await staging.agent();
  await agent.rows('select 1');
  await staging.admin.close();
  expect((await staging.project.drydock('down')).code).toBe(0);
  const { code, text } = await agent.call('query', { sql: 'select 1' });
  expect([code, text]).toEqual(['MCP_STAGING_GONE', expect.stringContaining('No staging is up')]);
  expect((await agent.call('check')).code).toMatch(/MCP_STAGING_GONE|STAGING_NONE/);
});
