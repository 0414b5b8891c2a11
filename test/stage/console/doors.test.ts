import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveConsole } from '../../../stage/console/index.ts';
import { cookieNameAt } from '../../../stage/console/sessions.ts';
import { ConsoleUnderTest } from '../../support/console.ts';

let site: ConsoleUnderTest;
let cto: string;

beforeAll(async () => {
  site = await ConsoleUnderTest.start();
  cto = await site.token('sofiia');
});
afterAll(() => site[Symbol.asyncDispose]());

describe('every path', () => {
  const paths = ['/', '/sign-in', '/runs', '/cost', '/leases', '/records', '/erasures', '/api/runs', '/nothing'];

  test('answers a HEAD like a GET, without a body, and is kept by no cache', async () => {
    for (const path of paths) {
      const [get, head] = [await site.ask(cto, path), await site.ask(cto, path, { method: 'HEAD' })];
      expect([path, head.status, await head.text()]).toEqual([path, get.status, '']);
      expect([path, get.headers.get('cache-control')]).toEqual([path, 'no-store']);
      expect([path, head.headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });

  test('does nothing for other methods, and lets no other site read', async () => {
    for (const method of ['OPTIONS', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of paths) {
        const headers = { 'access-control-request-method': 'POST' };
        const answer = await site.ask(cto, path, { method, headers });
        const allowed = answer.headers.get('access-control-allow-origin');
        expect([method, path, answer.status, allowed]).toEqual([method, path, 404, null]);
      }
    }
  });

  test('answers a query as long as a request may have', async () => {
    for (const path of ['/cost', '/records', '/runs', '/v1/finops/dashboard', '/sign-in']) {
      const answer = await site.ask(cto, `${path}?action=x&to=x&window_hours=${'9'.repeat(12_000)}`);
      expect([path, answer.status < 500]).toEqual([path, true]);
    }
    expect((await site.ask(cto, `/cost?${'x'.repeat(60_000)}`)).status).toBe(431);
  });

  test('takes a workspace in any script, and shows it as it was named', async () => {
    const name = 'läden-市場';
    const answer = await site.ask(cto, `/cost?workspace=${encodeURIComponent(name)}`);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain(`value="${name}"`);
    expect(page).toContain(`workspace=${encodeURIComponent(name)}"`);
  });

  test('is about one workspace, however often it is named', async () => {
    const asked = async (query: string, headers = {}) => (await site.ask(cto, `/cost?${query}`, { headers })).status;
    expect(await asked('workspace=ws-1&workspace=ws-1', { 'x-workspace-id': 'ws-1' })).toBe(200);
    expect(await asked('workspace=ws-1&workspace=ws-2')).toBe(400);
    expect(await asked('workspace=ws-2', { 'x-workspace-id': 'ws-1' })).toBe(400);
  });

  test('leads nowhere else from the page that says what is wrong', async () => {
    for (const path of ['//evil.example/x', '///evil.example', '/nothing?a=1']) {
      const page = await raw(path, { authorization: `Bearer ${cto}` });
      const links = [...page.matchAll(/ href="([^"]*)"/g)].map(([, link]) => new URL(link!, site.origin).origin);
      expect([path, links.length > 1, new Set(links)]).toEqual([path, true, new Set([site.origin])]);
    }
    expect(await raw('/nothing?a=1', { authorization: `Bearer ${cto}` })).toContain('/nothing?a=1"');
    expect(await raw('/runs', { host: 'evil.example' })).toContain(`href="${site.origin}/"`);
  });
});

test.each([
  'drydock.example',
  'ftp://drydock.example',
  'https://drydock.example/console',
  'https://u:p@drydock.example',
])('a console is not started for the origin %s', async (origin) => {
  const refused = serveConsole({ host: '127.0.0.1', port: 0, origin }, () => site.parts);
  await expect(refused).rejects.toMatchObject({ code: 'USAGE_CONSOLE' });
});

test('a console is known by its origin, with or without a slash behind it', async () => {
  const address = { host: '127.0.0.1', port: 0, origin: 'https://drydock.example/' };
  await using running = await serveConsole(address, () => site.parts);
  expect(running.origin).toBe('https://drydock.example');
});

describe('signing in', () => {
  test('leads to where one was going, and to no other site', async () => {
    const wasGoing = await site.ask(undefined, '/runs/r-1?x=1');
    expect(wasGoing.headers.get('location')).toBe('/sign-in?to=%2Fruns%2Fr-1%3Fx%3D1');
    expect(await (await site.ask(undefined, '/sign-in?to=%2Fruns')).text()).toContain('name="to" value="/runs"');
    const ends = {
      '/runs/r-1?x=1': `${site.origin}/runs/r-1?x=1`,
      'https://evil.example/': '/',
      '//evil.example': '/',
      '/\\evil.example': '/',
      'javascript:alert(1)': '/',
      '/a/..//evil.example': `${site.origin}//evil.example`,
      'http://[': '/',
    };
    for (const [to, end] of Object.entries(ends)) {
      expect([to, (await signIn({ to })).headers.get('location')]).toEqual([to, end]);
    }
  });

  test('opens a session of its own and ends the one before, whatever cookie was brought', async () => {
    const cookie = cookieOf(await signIn());
    expect((await site.ask(undefined, '/runs', { headers: { cookie } })).status).toBe(200);
    const next = cookieOf(await signIn({}, { cookie }));
    expect(next).not.toBe(cookie);
    expect((await site.ask(undefined, '/runs', { headers: { cookie } })).status).toBe(303);
    const chosen = `${next.split('=')[0]}=${'x'.repeat(43)}`;
    expect(cookieOf(await signIn({}, { cookie: chosen }))).not.toBe(chosen);
    expect((await site.ask(undefined, '/runs', { headers: { cookie: chosen } })).status).toBe(303);
  });

  test('is refused to a form of another site, which would sign one in as somebody else', async () => {
    for (const origin of ['https://evil.example', 'null', `${site.origin}0`]) {
      const answer = await signIn({}, { origin });
      expect([origin, answer.status, answer.headers.get('set-cookie')]).toEqual([origin, 403, null]);
    }
    expect((await signIn({}, { origin: site.origin })).status).toBe(303);
  });

  test('keeps consoles on one machine apart, and names beside ours from setting the cookie', () => {
    expect(cookieNameAt('http://127.0.0.1:4311')).not.toBe(cookieNameAt('http://127.0.0.1:4312'));
    expect(cookieNameAt('https://drydock.example')).toMatch(/^__Host-/);
  });
});

function signIn(fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ token: cto, ...fields });
  return site.ask(undefined, '/sign-in', { method: 'POST', body, headers });
}

function cookieOf(answer: Response): string {
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

/** Asks for a path as it stands, which fetch would tidy up. */
async function raw(path: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port } = new URL(site.origin);
  const [answer] = (await once(request({ hostname, port, path, headers }).end(), 'response')) as [IncomingMessage];
  return text(answer);
}
