import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ToolAction } from '../../ops/policies/index.ts';
import { dashboardRoutes } from './api/dashboards.ts';
import { erasureRoutes } from './api/erasures.ts';
import { eventRoutes } from './api/events.ts';
import { leaseRoutes } from './api/leases.ts';
import { recordRoutes } from './api/records.ts';
import { runRoutes } from './api/runs.ts';
import { assetRoutes } from './assets.ts';
import type { Desk } from './desk.ts';
import { doors } from './doors.ts';
import type { Caller } from './identity.ts';
import { dashboardPages } from './pages/dashboards.ts';
import { erasurePages } from './pages/erasures.ts';
import { leasePages } from './pages/leases.ts';
import { recordPages } from './pages/records.ts';
import { runPages } from './pages/runs.ts';
import { signInPages } from './pages/sign-in.ts';
import { answerError, answerNotFound } from './problems.ts';
import { notAccepted, type Issues, type Refusal } from './refusals.ts';
import type { BrowserSession } from './sessions.ts';

/** What a request is known by once it is through the doors. */
export interface ConsoleEnv {
  Bindings: HttpBindings;
  Variables: {
    caller: Caller;
    /** The browser's, when it signed in. */
    browser: BrowserSession | undefined;
    /** The workspace that the request names; the caller may act in it. */
    workspace: string | undefined;
    /** What it asked to do, for the tool event. */
    action: ToolAction | undefined;
    /** Why it was not done. */
    refusal: Refusal | undefined;
  };
}

export type ConsoleApp = OpenAPIHono<ConsoleEnv>;
export type ConsoleContext = Context<ConsoleEnv>;

/** The console: every request passes the doors, then one of the routes; what goes wrong is answered in one place. */
export function consoleApp(desk: Desk): ConsoleApp {
  const app: ConsoleApp = new OpenAPIHono<ConsoleEnv>({ defaultHook: refuseInvalid });
  app.onError((error, c) => answerError(desk, error, c));
  app.notFound((c) => answerNotFound(desk, c));
  doors(app, desk);
  assetRoutes(app);
  describe(app);
  for (const add of [dashboardRoutes, eventRoutes, recordRoutes, runRoutes, leaseRoutes, erasureRoutes]) add(app, desk);
  for (const add of [runPages, dashboardPages, leasePages, recordPages, erasurePages]) add(app, desk);
  signInPages(app, desk);
  return app;
}

/** The description is made from the routes themselves. */
function describe(app: ConsoleApp): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Drydock console',
      version: '1',
      description: 'Tool events, audit records, runs, leases and erasures.',
    },
    security: [{ token: [] }],
  });
}

function refuseInvalid(result: { success: true } | { success: false; error: Issues }): void {
  if (!result.success) throw notAccepted(result.error);
}
