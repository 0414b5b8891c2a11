import { randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventTable } from '../../../audit-log/events/index.ts';
import { logAuditEvent } from '../../../audit-log/records/index.ts';
import { proxySignature } from '../../../stage/console/index.ts';
import { aRun } from '../../support/a-run.ts';
import { ConsoleUnderTest, workspaceLogin } from '../../support/console.ts';
import { call, manyEvents } from '../../support/events.ts';
import { lend } from '../../support/leases.ts';
import { anEvent, otherWorkspace, workspace } from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

const proxyKey = 'a-proxy-key-of-at-least-32-characters';

let staging: Staging;
let site: ConsoleUnderTest;
let cto: string;
const logins = new Map();

beforeAll(async () => {
  staging = await Staging.start();
  await staging.run('bootstrap');
  site = await ConsoleUnderTest.start(staging, { proxyKey, targetFrom: (variable) => logins.get(variable) });
  cto = await site.token('sofiia');
  await using table = new EventTable(site.events.writer, 'test');
  await table.write(manyEvents(7));
  await table.write(manyEvents(5, { workspace_id: 'ws-2', tool: 'secret_tool', status: 'failed' }));
  const session = await site.records.superuser();
  await logAuditEvent(session, anEvent({ oldValues: { name: 'Ann' }, newValues: { name: 'Bea' }, clear: ['*'] }));
  await logAuditEvent(session, anEvent({ workspaceId: otherWorkspace }));
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await staging[Symbol.asyncDispose]();
});

describe('the description', () => {
  test('is what the routes answer, for every route that reads', async () => {
    const document = (await (await site.ask(undefined, '/openapi.json')).json()) as Description;
    const ajv = addFormats.default(new Ajv2020({ strict: false }));
    ajv.addSchema({ $id: 'api', components: document.components });
    site.run(aRun('r-1'));
    const trail = `/api/audit/trail?workspaceId=${workspace}`;
    const filled = {
      '/api/audit/trail': trail,
      '/api/runs/{runId}': '/api/runs/r-1',
      '/api/runs/{runId}/gates': '/api/runs/r-1/gates',
    };
    const reads = Object.entries(document.paths).filter(([path, { get }]) => get && !path.endsWith('/certificate'));
    expect(reads.length).toBeGreaterThanOrEqual(8);
    for (const [path, { get }] of reads) {
      const answer = await site.ask(cto, (filled as Record<string, string>)[path] ?? path);
      expect([path, answer.status]).toEqual([path, 200]);
      const { schema } = get!.responses[200]!.content['application/json'];
      const isValid = ajv.validate(inDocument(schema), await answer.json());
      expect([path, isValid, ajv.errors]).toEqual([path, true, null]);
    }
  });
});

describe('dashboards', () => {
  test('say what calls cost, where that was read, and how complete it is', async () => {
    const answer = await site.ask(cto, '/v1/finops/dashboard?window_hours=24');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      source_backend: 'postgres',
      totals: { calls: 12, failed: 5 },
      completeness: { verdict: 'unproven' },
    });
  });

  test('refuse who lacks the entitlement, by its name', async () => {
    const answer = await site.ask(await site.token('helion'), '/v1/privacy/dashboard');
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      error: { code: 'CONSOLE_FORBIDDEN', message: 'helion lacks tools.data_gov.read.' },
    });
  });

  test.each(['0', '-1', '1.5', 'a', '99999999'])('refuse a window of %s hours', async (hours) => {
    expect((await site.ask(cto, `/v1/finops/dashboard?window_hours=${hours}`)).status).toBe(400);
  });
});

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

describe('tool events', () => {
  test('are kept on the word of their own agent, and of a gateway for others', async () => {
    const own = await site.post(await site.token('helion'), '/v1/tool-events', { ...call, agent_id: 'helion' });
    expect([own.status, await own.json()]).toEqual([202, { accepted: 1, pending: 0, refused: 0 }]);
    const forged = await site.post(await site.token('helion'), '/v1/tool-events', [call]);
    expect(await forged.json()).toMatchObject({ error: { code: 'CONSOLE_IDENTITY' } });
  });

  test('with payload are refused, and nothing of it is repeated', async () => {
    const token = await site.token('helion');
    const answer = await site.post(token, '/v1/tool-events', { ...call, agent_id: 'helion', input: 'my secret' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain('my secret');
  });

  test('more than the body may hold are refused', async () => {
    const answer = await site.post(await site.token('helion'), '/v1/tool-events', {
      ...call,
      tool: 'x'.repeat(300_000),
    });
    expect(answer.status).toBe(413);
  });
});

describe('the audit record', () => {
  test('takes an event, and shows it in the trail', async () => {
    const token = await site.token('aistalk');
    const resourceId = randomUUID();
    const made = await site.post(token, '/api/audit/log', anEvent({ resourceId }));
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    const path = `/api/audit/trail?workspaceId=${workspace}&resourceId=${resourceId}`;
    expect(await (await site.ask(cto, path)).json()).toMatchObject({
      records: [{ id, action_type: 'UPDATE_PROFILE' }],
    });
  });

  test('refuses what breaks a rule with 400 and the name of the rule', async () => {
    const answer = await site.post(await site.token('aistalk'), '/api/audit/log', anEvent({ actionType: '' }));
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { constraint: string; code: string } };
    expect(error).toMatchObject({ code: 'RECORDS_REFUSED', constraint: expect.stringMatching(/^\w+$/) });
  });
});

describe('erasures', () => {
  test('need two approvals by others than the requester, and end with a signed certificate', async () => {
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    const officers = ['ada', 'bob', 'cyd'].map((name) => `  ${name}: { role: privacy_officer, workspaces: ['*'] }`);
    site.policy('rbac.yml', text.replace('agents:\n', `agents:\n${officers.join('\n')}\n`));
    const [ada, bob, cyd] = [await site.token('ada'), await site.token('bob'), await site.token('cyd')];
    const userId = randomUUID();
    const order = { workspaceId: workspace, userId, authority: 'GDPR', ticket: 'T-1' };
    const { id } = (await (await site.post(ada, '/api/erasures', order)).json()) as { id: string };
    const act = (token: string, verb: string) => site.ask(token, `/api/erasures/${id}/${verb}`, { method: 'POST' });
    expect((await act(ada, 'approve')).status).toBe(409);
    expect((await act(ada, 'execute')).status).toBe(409);
    expect(await (await act(bob, 'approve')).json()).toEqual({ approvals: 1 });
    expect((await act(bob, 'approve')).status).toBe(409);
    expect((await act(bob, 'execute')).status).toBe(409);
    expect(await (await act(cyd, 'approve')).json()).toEqual({ approvals: 2 });
    expect((await act(ada, 'execute')).status).toBe(200);
    const certificate = await site.ask(ada, `/api/erasures/${id}/certificate`);
    expect(await certificate.json()).toMatchObject({
      person: userId,
      requested_by: 'ada',
      approved_by: ['bob', 'cyd'],
    });
    site.policy('rbac.yml', text);
  });
});

describe('the call of the seed’s compliance page', () => {
  test('requests an erasure, says what it waits for, and erases only what two others approved', async () => {
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    const officers = ['ada', 'bob', 'cyd'].map((name) => `  ${name}: { role: privacy_officer, workspaces: ['*'] }`);
    site.policy('rbac.yml', text.replace('agents:\n', `agents:\n${officers.join('\n')}\n`));
    const [ada, bob, cyd] = [await site.token('ada'), await site.token('bob'), await site.token('cyd')];
    const order = { userId: randomUUID(), workspaceId: workspace, authority: 'GDPR', approvalTicketId: 'T-9' };
    const ask = async (token: string, given: object = order) => {
      const answer = await site.post(token, '/api/admin/delete-user-gdpr', given);
      return { status: answer.status, body: (await answer.json()) as { request: string; deletionLogId: number } };
    };
    const first = await ask(ada);
    expect(first).toMatchObject({ status: 202, body: { state: 'waiting', approvals: 0 } });
    const approve = (token: string) =>
      site.ask(token, `/api/erasures/${first.body.request}/approve`, { method: 'POST' });
    await approve(bob);
    expect(await ask(ada)).toEqual({
      status: 202,
      body: { request: first.body.request, state: 'waiting', approvals: 1 },
    });
    await approve(cyd);
    const other = await ask(ada, { ...order, approvalTicketId: 'T-10' });
    expect(other).toMatchObject({ status: 202, body: { approvals: 0 } });
    expect(await ask(cto)).toMatchObject({ status: 403 });
    const done = await ask(ada);
    expect(done).toEqual({
      status: 200,
      body: { deletedCount: 0, deletionLogId: expect.any(Number), authority: 'GDPR' },
    });
    expect(await ask(ada)).toMatchObject({ status: 409 });
    site.policy('rbac.yml', text);
  });
});

describe('the report of a run', () => {
  const broken: [what: string, file: string, content: string, reason: string][] = [
    ['that was cut short', 'cut.json', JSON.stringify(aRun('cut')).slice(0, 400), 'it is no report'],
    ['that is null', 'null.json', 'null', 'it is no report'],
    ['with a gate that is none', 'gate.json', JSON.stringify({ ...aRun('gate'), gates: [null] }), 'gates.0'],
    ['without a time', 'time.json', JSON.stringify({ ...aRun('time'), startedAt: 7 }), 'startedAt'],
    ['with an error that is none', 'error.json', JSON.stringify({ ...aRun('error'), error: 'boom' }), 'error'],
    ['of another run', 'other.json', JSON.stringify(aRun('another')), 'another run, another'],
  ];

  test.each(broken)('%s is named in the list, and has a page that says so', async (_what, file, content, reason) => {
    const path = join(site.parts.evidence, file);
    writeFileSync(path, content);
    const { unreadable } = (await (await site.ask(cto, '/api/runs')).json()) as { unreadable: object[] };
    expect(unreadable).toContainEqual({ file, reason: expect.stringContaining(reason) });
    const run = file.replace('.json', '');
    const [page, api] = [await site.ask(cto, `/runs/${run}`), await site.ask(cto, `/api/runs/${run}`)];
    expect([page.status, api.status]).toEqual([422, 422]);
    expect(await page.text()).toContain('cannot be read');
    expect(await api.json()).toMatchObject({ error: { code: 'CONSOLE_REPORT' } });
    expect((await site.ask(cto, '/runs')).status).toBe(200);
    rmSync(path);
  });

  test('that is a folder, or a link to nothing, leaves the list of the others', async () => {
    const folder = join(site.parts.evidence, 'folder.json');
    const link = join(site.parts.evidence, 'link.json');
    mkdirSync(folder);
    symlinkSync('nowhere', link);
    const { unreadable } = (await (await site.ask(cto, '/api/runs')).json()) as { unreadable: { file: string }[] };
    expect(unreadable.map(({ file }) => file)).toEqual(expect.arrayContaining(['folder.json', 'link.json']));
    expect((await site.ask(cto, '/runs/folder')).status).toBe(404);
    rmSync(folder, { recursive: true });
    rmSync(link);
  });
});

describe('leases', () => {
  test('are listed, and end when they are revoked, by the name of who did it', async () => {
    await using session = await staging.connect();
    const { role } = await lend(staging, session);
    const helion = await site.token('helion');
    expect(await (await site.ask(helion, '/api/leases')).json()).toMatchObject({ inForce: [{ role }] });
    const monitor = await site.post(await site.token('monitor'), `/api/leases/${role}/revoke`, { reason: 'x' });
    expect(monitor.status).toBe(403);
    expect((await site.post(helion, `/api/leases/${role}/revoke`, { reason: 'done early' })).status).toBe(200);
    expect(await (await site.ask(helion, '/api/leases')).json()).toMatchObject({
      inForce: [],
      ended: [{ role, endedBy: 'helion', reason: 'done early' }],
    });
    expect((await site.post(helion, `/api/leases/${role}/revoke`, { reason: 'again' })).status).toBe(404);
  });
});

interface Description {
  readonly components: object;
  readonly paths: Record<
    string,
    { get?: { responses: Record<number, { content: { 'application/json': { schema: object } } }> } }
  >;
}

/** A schema of the document, with its references leading into it. */
function inDocument(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
}

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
