import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proxySignature } from '../../../stage/console/index.ts';
import { type ConsoleUnderTest, workspaceLogin } from '../../support/console.ts';
import { otherWorkspace, workspace } from '../../support/records.ts';
import { consoleOfTwoWorkspaces } from './two-workspaces.ts';

const proxyKey = 'a-proxy-key-of-at-least-32-characters';
const logins = new Map();

let site: ConsoleUnderTest;
let cto: string;

beforeAll(async () => {
  site = await consoleOfTwoWorkspaces({ proxyKey, targetFrom: (variable) => logins.get(variable) });
  cto = await site.token('sofiia');
});
afterAll(() => site[Symbol.asyncDispose]());

describe('who one is', () => {
  test('is not known without a token, with a wrong one, an expired one, or a revoked one', async () => {
    const expired = await site.token('sofiia', { ttlMs: -1 });
    const revoked = await site.token('sofiia');
    expect((await site.ask(revoked, '/api/runs')).status).toBe(200);
    await site.revoke(revoked);
    for (const token of [undefined, 'nonsense', `${cto.slice(0, -1)}~`, flipped(cto), expired, revoked]) {
      expect((await site.ask(token, '/api/runs')).status).toBe(401);
    }
  });

  test('a token is stored as its hash only, in a file of the owner alone', async () => {
    const text = readFileSync(site.parts.tokens, 'utf8');
    expect(text).not.toContain(cto.split('_').at(-1));
    expect(JSON.parse(text)[0]).toMatchObject({ agent: 'sofiia', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('headers are believed only where they agree with the token', async () => {
    const as = (headers: Record<string, string>) => site.ask(cto, '/v1/finops/dashboard', { headers });
    expect((await as({ 'x-agent-id': 'sofiia', 'x-workspace-id': 'ws-1' })).status).toBe(200);
    expect((await as({ 'x-agent-id': 'helion' })).status).toBe(403);
    const narrow = await site.token('sofiia', { workspaces: ['ws-1'] });
    const other = await site.ask(narrow, '/v1/finops/dashboard', { headers: { 'x-workspace-id': 'ws-2' } });
    expect(await other.json()).toMatchObject({ error: { code: 'CONSOLE_WORKSPACE' } });
  });

  test('a workspace that is not the token’s is refused where no workspace is asked about, too', async () => {
    const narrow = await site.token('sofiia', { workspaces: ['ws-1'] });
    const inWorkspace = (id: string) => site.ask(narrow, '/api/runs', { headers: { 'x-workspace-id': id } });
    expect([(await inWorkspace('ws-1')).status, (await inWorkspace('ws-2')).status]).toEqual([200, 403]);
  });

  test('a proxy is believed that signs this very request, once', async () => {
    const path = '/v1/finops/dashboard?window_hours=24';
    const signed = { method: 'GET', path, agent: 'monitor', workspace: undefined };
    const at = Math.floor(Date.now() / 1_000);
    const send = (signature: string, to = path) =>
      site.ask(undefined, to, { headers: { 'x-agent-id': 'monitor', 'x-drydock-signature': signature } });
    const good = proxySignature(proxyKey, at, signed);
    expect((await send(good)).status).toBe(200);
    expect((await send(good)).status).toBe(403);
    expect((await send(proxySignature(proxyKey, at - 120, signed))).status).toBe(403);
    expect((await send(proxySignature('another-key-of-at-least-32-characters', at, signed))).status).toBe(403);
    expect((await send(proxySignature(proxyKey, at - 1, signed), '/api/leases')).status).toBe(403);
  });

  test('what a role loses, its tokens lose at once', async () => {
    const token = await site.token('monitor');
    expect((await site.ask(token, '/api/runs')).status).toBe(200);
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    site.policy('rbac.yml', text.replace('agent_monitor: [tools.runs.read, ', 'agent_monitor: ['));
    expect((await site.ask(token, '/api/runs')).status).toBe(403);
    site.policy('rbac.yml', text);
  });

  test('every denial is an event that names who, what and that it was denied', async () => {
    const before = denials().length;
    await site.ask(await site.token('aistalk'), '/api/leases');
    await site.ask(undefined, '/api/leases');
    expect(denials().slice(before)).toMatchObject([
      { agent_id: 'aistalk', tool: 'drydock', action: 'console/leases/read', status: 'denied' },
      { agent_id: 'unknown', action: 'console/request', status: 'denied' },
    ]);
  });
});

describe('one workspace', () => {
  test('is read by a login that the database holds to it, and no token reads past that', async () => {
    const target = await workspaceLogin(
      site.events.admin,
      'tool_event_trail',
      'audit.tool_event_workspace_reader',
      'ws-1',
    );
    logins.set('WS_ONE_URL', target);
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    const of = (name: string) => `workspaces: { ${name}: { databaseFrom: WS_ONE_URL } }`;
    site.policy('rbac.yml', text.replace('workspaces: {}', of('ws-1')));
    const narrow = await site.token('sofiia', { workspaces: ['ws-1'] });
    const own = (await (await site.ask(narrow, '/v1/finops/dashboard')).json()) as { totals: unknown };
    expect(own.totals).toMatchObject({ calls: 7 });
    expect(JSON.stringify(own)).not.toContain('secret_tool');

    // a mistake in the policy gives the other workspace the same login: the database still shows none of it
    site.policy('rbac.yml', text.replace('workspaces: {}', of('ws-2')));
    const wrong = await site.token('sofiia', { workspaces: ['ws-2'] });
    expect(await (await site.ask(wrong, '/v1/finops/dashboard')).json()).toMatchObject({ totals: { calls: 0 } });
    site.policy('rbac.yml', text);
  });

  test('of the record is refused by the database too', async () => {
    const entry = 'audit.audit_workspace_reader';
    logins.set('WS_TWO_URL', await workspaceLogin(site.records.admin, 'record_trail', entry, workspace));
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    const both = [workspace, otherWorkspace].map((name) => `'${name}': { databaseFrom: WS_TWO_URL }`).join(', ');
    site.policy('rbac.yml', text.replace('workspaces: {}', `workspaces: { ${both} }`));
    const narrow = await site.token('sofiia', { workspaces: [workspace, otherWorkspace] });
    expect((await site.ask(narrow, `/api/audit/trail?workspaceId=${workspace}`)).status).toBe(200);
    const crossed = await site.ask(narrow, `/api/audit/trail?workspaceId=${otherWorkspace}`);
    expect(crossed.status).toBe(403);
    expect(await crossed.json()).toMatchObject({ error: { code: 'RECORDS_FORBIDDEN' } });
    site.policy('rbac.yml', text);
  });
});

function flipped(token: string): string {
  const last = token.at(-1) === 'A' ? 'B' : 'A';
  return token.slice(0, -1) + last;
}

function denials(): { agent_id: string; action: string; status: string }[] {
  const folder = site.parts.digests.directory;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { agent_id: string; action: string; status: string })
    .filter(({ status }) => status === 'denied');
}
