import { randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aRun } from '../../support/a-run.ts';
import type { ConsoleUnderTest } from '../../support/console.ts';
import { call } from '../../support/events.ts';
import { lend } from '../../support/leases.ts';
import { anEvent, workspace } from '../../support/records.ts';
import { consoleOfTwoWorkspaces } from './two-workspaces.ts';

let site: ConsoleUnderTest;
let cto: string;

beforeAll(async () => {
  site = await consoleOfTwoWorkspaces();
  cto = await site.token('sofiia');
});
afterAll(() => site[Symbol.asyncDispose]());

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

describe('tool events', () => {
  test('are kept on the word of their own agent, and of a gateway for others', async () => {
    const own = await site.post(await site.token('helion'), '/v1/tool-events', { ...call, agent_id: 'helion' });
    expect([own.status, await own.json()]).toEqual([202, { accepted: 1, pending: 0, refused: 0 }]);
    const forged = await site.post(await site.token('helion'), '/v1/tool-events', [call]);
    expect(await forged.json()).toMatchObject({ error: { code: 'CONSOLE_IDENTITY' } });
    const text = readFileSync(join(site.parts.policies, 'rbac.yml'), 'utf8');
    site.policy('rbac.yml', text.replace('agents:\n', `agents:\n  relay: { role: gateway, workspaces: ['*'] }\n`));
    const relayed = await site.post(await site.token('relay'), '/v1/tool-events', [call]);
    expect([relayed.status, await relayed.json()]).toMatchObject([202, { accepted: 1 }]);
    site.policy('rbac.yml', text);
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
  test.each([
    ['that of a promotion', 'promote-20261121T162807Z-0c341c65.json'],
    ['a sign-off', '20261121T162803Z-9a915fc5.dba.sign-off.json'],
  ])('is not %s, which lies beside it and is nobody’s fault', async (_what, file) => {
    const path = join(site.parts.evidence, file);
    writeFileSync(path, '{"outcome":"no-go"}');
    const { unreadable } = (await (await site.ask(cto, '/api/runs')).json()) as { unreadable: object[] };
    rmSync(path);
    expect(unreadable).toEqual([]);
  });

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
    await using session = await site.staging.connect();
    const { role } = await lend(site.staging, session);
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
