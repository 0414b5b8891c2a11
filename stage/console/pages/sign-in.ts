import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { markup } from '../../../ops/page/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import type { ConsoleApp } from '../app.ts';
import type { Desk } from '../desk.ts';
import { mayDo } from '../doors.ts';
import { fieldsOf } from '../form-body.ts';
import { cookieNameAt } from '../sessions.ts';
import { frame } from './frame.ts';

/** A browser shows its token once; from then on a cookie stands for it, which no script can read and no other site can send. */
export function signInPages(app: ConsoleApp, desk: Desk): void {
  const { project, origin, now } = desk.parts;
  const cookieName = cookieNameAt(origin);
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'Strict', secure: origin.startsWith('https:') } as const;
  const page = (to: string | undefined, problem: string | null) =>
    frame(
      `Sign in, ${project}`,
      null,
      markup`<div class="sign-in"><img src="/assets/drydock.svg" width="44" height="44" alt=""><h1>${project}</h1>
${problem === null ? null : markup`<p class="note no-go" role="alert">${problem}</p>`}
<form method="post" action="/sign-in">${to === undefined ? null : markup`<input type="hidden" name="to" value="${to}">`}<label>Token<input name="token" type="password" autocomplete="off" required autofocus></label><button class="primary">Sign in</button></form>
<p class="soft small">Make a token with <code>drydock console token --agent NAME</code></p></div>`,
    );

  app.get('/sign-in', (c) => c.html(page(c.req.query('to'), null)));

  app.post('/sign-in', async (c) => {
    const { token, to } = await fieldsOf(c);
    const entry = token !== undefined ? await desk.tokens.find(token.trim(), now()) : undefined;
    if (!entry) {
      c.set('refusal', { status: 401, code: 'CONSOLE_UNAUTHENTICATED', message: '', hint: null, constraint: null });
      return c.html(page(to, 'That is no token that is in force.'), 401);
    }
    desk.browsers.close(getCookie(c, cookieName) ?? '');
    setCookie(c, cookieName, desk.browsers.open(entry.id), { ...cookieOptions, expires: new Date(entry.expiresAt) });
    return c.redirect(within(origin, to), 303);
  });

  app.post('/sign-out', (c) => {
    desk.browsers.close(getCookie(c, cookieName) ?? '');
    deleteCookie(c, cookieName, cookieOptions);
    return c.redirect('/sign-in', 303);
  });

  app.get('/', async (c) => {
    const may = await mayDo(c, desk);
    if (may('runs/read')) return c.redirect('/runs', 303);
    if (may('finops/dashboard')) return c.redirect('/cost', 303);
    if (may('privacy/dashboard')) return c.redirect('/privacy', 303);
    if (may('records/read')) return c.redirect('/records', 303);
    const { agent } = c.get('caller');
    throw new DrydockError('CONSOLE_FORBIDDEN', `${agent} may see no page here.`, {
      hint: 'Its role in ops/policies/rbac.yml is for programs.',
    });
  });
}

/** Where one was going before one signed in, if that is here. Whole, so that no path of it can name another host. */
function within(origin: string, to: string | undefined): string {
  const own = new URL(origin);
  const wanted = URL.parse(to ?? '/', origin);
  return wanted?.origin === own.origin ? wanted.href : '/';
}
