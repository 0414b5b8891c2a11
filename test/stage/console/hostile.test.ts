import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventTable, eventName } from '../../../audit-log/events/index.ts';
import { columnChart } from '../../../stage/console/pages/charts.ts';
import { aRun } from '../../support/a-run.ts';
import { ConsoleUnderTest } from '../../support/console.ts';
import { eventAt } from '../../support/events.ts';
import { workspace } from '../../support/records.ts';

const nasty = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='x",
  '</title><svg/onload=x>',
  '&lt;',
  '{{7*7}}',
  '\u0000\u202e',
];

let site: ConsoleUnderTest;
let cto: string;
let officer: string;

beforeAll(async () => {
  site = await ConsoleUnderTest.start();
  [cto, officer] = [await site.token('sofiia'), await site.token('helion')];
});
afterAll(() => site[Symbol.asyncDispose]());

describe('hostile names', () => {
  test('on every page are text, wherever they come from', async () => {
    for (const [number, name] of nasty.entries()) {
      const run = aRun(`hostile-${number}`, 'no-go');
      const gates = run.gates.map((gate) => ({
        ...gate,
        title: name,
        reasons: [name],
        findings: [{ level: 'error', object: name, detail: name }],
      }));
      const matrix = run.matrix.map((row) => ({ ...row, role: name, schema: name }));
      const steps = run.steps.map((step) => ({ ...step, name, title: name, summary: name, status: name }));
      site.run({ ...run, actor: name, commit: name, provider: name, remarks: [name], gates, matrix, steps } as never);
    }
    const pages = [
      '/runs',
      ...nasty.map((_, number) => `/runs/hostile-${number}`),
      `/cost?workspace=${encodeURIComponent(nasty[1]!)}`,
    ];
    for (const path of pages) {
      const html = await (await site.ask(cto, path)).text();
      expect([path, scripts(html)]).toEqual([path, ['/assets/page.js']]);
      expect(html).not.toMatch(/<img src=x|<svg\/onload|<script>alert/);
    }
  });

  test('that tool events may have are shown as they are', async () => {
    await using table = new EventTable(site.events.writer, 'test');
    await table.write([eventAt(new Date(), { tool: 'a.b/c#d~e', agent_id: 'ünï', user_id: 'x@y' })]);
    const html = await (await site.ask(cto, '/cost')).text();
    expect(html).toContain('a.b/c#d~e');
    expect(html).toContain('ünï');
  });

  test('never leave the text that they are put into', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const drawn = columnChart('A chart', [{ label: name, parts: [{ kind: name, value: 1 }], title: name }]).text;
        const plain = columnChart('A chart', [{ label: 'x', parts: [{ kind: 'x', value: 1 }], title: 'x' }]).text;
        expect(drawn.match(/[<>]/g)).toEqual(plain.match(/[<>]/g));
        expect(drawn.match(/"/g)).toEqual(plain.match(/"/g));
      }),
    );
  });

  test('of whoever was denied become names that an event may have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => /^[\p{L}\p{N}._:@/+#~-]{1,128}$/u.test(eventName(text))),
    );
  });
});

describe('every route', () => {
  test('answers whatever it is sent with something else than a fault', { timeout: 60_000 }, async () => {
    const document = (await (await site.ask(undefined, '/openapi.json')).json()) as { paths: Record<string, object> };
    const described = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => [verb, path] as const),
    );
    const pages = [
      '/',
      '/sign-in',
      '/runs',
      '/runs/{id}',
      '/cost',
      '/privacy',
      '/leases',
      '/records',
      '/erasures',
      '/erasures/{id}/certificate',
      '/assets/{x}',
      '/nothing',
    ];
    const forms = [
      '/sign-in',
      '/sign-out',
      '/leases/{role}/revoke',
      '/records/verify',
      '/erasures',
      '/erasures/{id}/approve',
      '/erasures/{id}/execute',
    ];
    const routes = [
      ...described,
      ...pages.map((path) => ['get', path] as const),
      ...forms.map((path) => ['post', path] as const),
    ];
    const piece = fc.oneof(fc.constantFrom(...nasty, '..', '%00', '%ff', workspace, '-1', '9'.repeat(30)), fc.string());
    const sent = fc.record({
      route: fc.constantFrom(...routes),
      part: piece,
      query: fc.dictionary(
        fc.constantFrom('window_hours', 'workspace', 'workspaceId', 'resourceId', 'daysBack', 'limit', 'action'),
        piece,
      ),
      body: fc.oneof(fc.json(), fc.string(), fc.constant('{"a":1e999}'), fc.constant('')),
      type: fc.constantFrom(
        'application/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'text/plain',
        '',
      ),
      token: fc.constantFrom(undefined, 'x', 'cto', 'oncall'),
    });
    await fc.assert(
      fc.asyncProperty(sent, async ({ route: [verb, path], part, query, body, type, token }) => {
        const filled = path.replace(/\{\w+\}/g, encodeURIComponent(part.isWellFormed() ? part : 'x'));
        const search = new URLSearchParams(query).toString();
        const secret = token === 'cto' ? cto : token === 'oncall' ? officer : token;
        const headers = type === '' ? {} : { 'content-type': type };
        const answer = await site.ask(secret, `${filled}?${search}`, {
          method: verb.toUpperCase(),
          headers,
          ...(verb === 'post' && { body }),
        });
        const text = await answer.text();
        expect([verb, filled, answer.status >= 500 && answer.status !== 503, site.notes]).toEqual([
          verb,
          filled,
          false,
          [],
        ]);
        expect(text).not.toMatch(/\bat .+\.ts:\d+/);
      }),
      { numRuns: 300 },
    );
  });

  test('says in its headers what a browser may do with it', async () => {
    for (const path of ['/sign-in', '/runs', '/nothing', '/api/runs', '/assets/page.css']) {
      const { headers } = await site.ask(cto, path);
      const policy = headers.get('content-security-policy');
      expect([path, policy]).toEqual([path, expect.stringContaining("default-src 'none'")]);
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });

  test('is refused to another name than its own', async () => {
    const { hostname, port } = new URL(site.origin);
    const status = await new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path: '/sign-in', headers: { host: 'evil.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      );
      asked.once('error', reject).end();
    });
    expect(status).toBe(421);
  });
});

describe('a form', () => {
  test('that another site sends with the browser’s cookie is refused, and is an event', async () => {
    await using own = await site.another();
    const token = await own.token('sofiia');
    const form = (path: string, cookie: string, fields: Record<string, string>) =>
      own.ask(undefined, path, { method: 'POST', body: new URLSearchParams(fields), headers: { cookie } });
    const answer = await form('/sign-in', '', { token });
    const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    const page = await (await own.ask(undefined, '/erasures', { headers: { cookie } })).text();
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)![1]!;
    const order = { userId: workspace, workspaceId: workspace, authority: 'GDPR', ticket: 'T-2' };
    expect((await form('/erasures', cookie, order)).status).toBe(403);
    expect((await form('/erasures', cookie, { ...order, csrf: `${csrf}x` })).status).toBe(403);
    const from = (origin: string) => own.ask(token, '/records/verify', { method: 'POST', headers: { origin } });
    expect((await from('https://evil.example')).status).toBe(403); // also where a proxy, not a cookie, says who it is
    expect((await from(own.origin)).status).toBe(303);
    expect((await form('/erasures', cookie, { ...order, csrf })).status).toBe(303);
  });
});

describe('too many', () => {
  test('wrong tokens in a row are made to wait', async () => {
    await using own = await site.another();
    const statuses = new Set<number>();
    for (let i = 0; i < 120; i += 1) statuses.add((await own.ask('wrong', '/api/runs')).status);
    expect(statuses).toEqual(new Set([401, 429]));
  });

  test('wrong tokens on the sign-in page are made to wait', async () => {
    await using own = await site.another();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signIn = () => own.ask(undefined, '/sign-in', { method: 'POST', body: 'token=wrong', headers });
    const answers = await Promise.all(Array.from({ length: 120 }, signIn));
    const last = answers.find(({ status }) => status === 429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('requests of one token are made to wait, and nobody else’s', async () => {
    await using own = await site.another();
    const [eager, other] = [await own.token('sofiia'), await own.token('sofiia')];
    const answers = await Promise.all(Array.from({ length: 900 }, () => own.ask(eager, '/nothing-here')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404, 429]));
    expect((await own.ask(other, '/nothing-here')).status).toBe(404);
  });
});

function scripts(html: string): string[] {
  return [...html.matchAll(/<script[^>]*?(?: src="([^"]*)")?[^>]*>/g)].map(([, source]) => source ?? 'inline');
}
