import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { timeout } from 'hono/timeout';
import { eventName } from '../../audit-log/events/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import type { Rbac, ToolAction } from '../../ops/policies/index.ts';
import type { ConsoleApp, ConsoleContext, ConsoleEnv } from './app.ts';
import type { Desk } from './desk.ts';
import { fieldsOf } from './form-body.ts';
import {
  callerOf,
  nobody,
  proxiedCaller,
  ProxyGate,
  requireAgreement,
  requireEntitlements,
  type Caller,
  type Claims,
} from './identity.ts';
import { RateLimit } from './rate.ts';
import { invalid } from './refusals.ts';
import { cookieNameAt, requireCsrf, requireOwnSite } from './sessions.ts';
import { witness } from './witness.ts';

const largestBody = 256 * 1024;
const slowestMs = 15_000;

/** What every request passes before a route sees it: headers, limits, where it was sent, who sent it. */
export function doors(app: ConsoleApp, desk: Desk): void {
  const { origin, now } = desk.parts;
  const strangers = new RateLimit({ perSecond: 2, burst: 40 });
  const callers = new RateLimit({ perSecond: 100, burst: 400 });
  const identify = identifier(desk);

  const letIn = async (c: ConsoleContext) => {
    try {
      c.set('caller', await identify(c));
    } catch (error) {
      refuseExcess(c, strangers.take(addressOf(c), now()));
      throw error;
    }
    refuseExcess(c, callers.take(c.get('caller').credential, now()));
  };

  app.use(async (c, next) => {
    c.set('caller', nobody);
    await next();
  });
  app.use(witness(desk));
  app.use(headers(origin));
  app.use(bodyLimit({ maxSize: largestBody }));
  app.use(timeout(slowestMs));
  app.use(async (c, next) => {
    requireHost(c, origin);
    if (!isOpen(c)) await letIn(c);
    if (!isRead(c)) requireOwnSite(origin, c.req.header('origin'));
    await next();
  });
  app.post('/sign-in', async (c, next) => {
    refuseExcess(c, strangers.take(addressOf(c), now()));
    await next();
  });
}

/** Lets in only who has all entitlements of the action. */
export async function need(c: ConsoleContext, desk: Desk, action: ToolAction): Promise<void> {
  c.set('action', action);
  requireEntitlements(await desk.rbac(), c.get('caller'), action);
}

/** What the caller may do, for pages that show only what is of use. */
export async function mayDo(c: ConsoleContext, desk: Desk): Promise<(action: ToolAction) => boolean> {
  const rbac = await desk.rbac();
  const { entitlements } = c.get('caller');
  return (action) => rbac.required(action).every((one) => entitlements.has(one));
}

/** Paths that answer in JSON, to programs. */
export function isApi(path: string): boolean {
  return /^\/(v1|api)\//.test(path) || path === '/openapi.json' || path === '/healthz';
}

function isOpen(c: ConsoleContext): boolean {
  const { path } = c.req;
  const isPage =
    path.startsWith('/assets/') || ['/healthz', '/openapi.json', '/favicon.ico', '/sign-in'].includes(path);
  return isPage && (isRead(c) || path === '/sign-in');
}

function isRead({ req: { method } }: ConsoleContext): boolean {
  return method === 'GET' || method === 'HEAD';
}

function headers(origin: string) {
  const set = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...Object.fromEntries(['scriptSrc', 'styleSrc', 'imgSrc', 'connectSrc'].map((kind) => [kind, ["'self'"]])),
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    crossOriginEmbedderPolicy: 'require-corp',
    referrerPolicy: 'same-origin', // with no-referrer a browser hides whose form it sends
    xFrameOptions: 'DENY',
    strictTransportSecurity: origin.startsWith('https:'),
    permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
  });
  return async (c: Context<ConsoleEnv>, next: () => Promise<void>) => {
    await set(c, next);
    if (!c.req.path.startsWith('/assets/')) c.res.headers.set('cache-control', 'no-store');
  };
}

/** A name of another site that leads here would get past a browser's same-origin rule. */
function requireHost(c: ConsoleContext, origin: string): void {
  const { host } = new URL(origin);
  if (c.req.header('host') === host) return;
  throw new DrydockError('CONSOLE_HOST', `This console is reached at ${origin} and by no other name.`, {
    hint: 'Start it with --origin when a proxy gives it another.',
  });
}

/** Who is asking: by a token, by a browser that has shown one, or by a proxy that signs. */
function identifier(desk: Desk): (c: ConsoleContext) => Promise<Caller> {
  const { proxyKey, now } = desk.parts;
  const gate = proxyKey === undefined ? undefined : new ProxyGate(proxyKey);
  return async (c) => {
    const claims = claimsOf(c);
    const rbac = await desk.rbac();
    const signature = c.req.header('x-drydock-signature');
    const { pathname, search } = new URL(c.req.url);
    if (gate && signature !== undefined) {
      gate.require(signature, { ...claims, method: c.req.method, path: pathname + search }, now());
    }
    const caller = gate && signature !== undefined ? proxiedCaller(rbac, claims) : await tokenHolder(c, desk, rbac);
    requireAgreement(caller, claims);
    c.set('workspace', claims.workspace);
    return caller;
  };
}

async function tokenHolder(c: ConsoleContext, desk: Desk, rbac: Rbac): Promise<Caller> {
  const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const browser =
    bearer === undefined ? desk.browsers.find(getCookie(c, cookieNameAt(desk.parts.origin)) ?? '') : undefined;
  const now = desk.parts.now();
  const token =
    bearer === undefined
      ? browser && (await desk.tokens.inForce(browser.tokenId, now))
      : await desk.tokens.find(bearer, now);
  if (!token) {
    throw new DrydockError('CONSOLE_UNAUTHENTICATED', 'This needs a token that is in force.', {
      hint: 'Make one with "drydock console token --agent NAME", and send it as Authorization: Bearer.',
    });
  }
  c.set('browser', browser);
  const caller = callerOf(rbac, token);
  c.set('caller', caller); // a forged form is an event of the one whose browser it used
  if (browser && !isRead(c)) requireCsrf(browser, await csrfOf(c));
  return caller;
}

async function csrfOf(c: ConsoleContext): Promise<string | undefined> {
  return c.req.header('x-csrf-token') ?? (await fieldsOf(c))['csrf'];
}

/** @throws CONSOLE_INVALID for a workspace that no event could name, and for two of them */
function claimsOf(c: ConsoleContext): Claims {
  const named = [c.req.header('x-workspace-id'), ...(c.req.queries('workspace') ?? [])].filter((one) => one);
  const [workspace, ...others] = new Set(named);
  if (others.length > 0) throw invalid('The request names more than one workspace.');
  if (workspace !== undefined && eventName(workspace) !== workspace)
    throw invalid('That is not the name of a workspace.');
  return { agent: c.req.header('x-agent-id'), workspace };
}

function refuseExcess(c: ConsoleContext, seconds: number): void {
  if (seconds === 0) return;
  c.header('retry-after', String(seconds));
  throw new DrydockError('CONSOLE_RATE', `Too many requests; try again in ${seconds} s.`);
}

function addressOf(c: ConsoleContext): string {
  return c.env?.incoming?.socket.remoteAddress ?? 'unknown';
}
