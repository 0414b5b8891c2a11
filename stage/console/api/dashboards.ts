import type { ConsoleApp } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { createRoute, json, problemResponses } from './route.ts';
import { costDashboard, privacyDashboard, windowQuery } from './schemas.ts';

const cost = createRoute({
  method: 'get',
  path: '/v1/finops/dashboard',
  summary: 'What tool calls cost in the last hours',
  request: { query: windowQuery },
  responses: { 200: json(costDashboard, 'The cost digest'), ...problemResponses },
});

const privacy = createRoute({
  method: 'get',
  path: '/v1/privacy/dashboard',
  summary: 'What tool events of the last hours say about privacy',
  request: { query: windowQuery },
  responses: { 200: json(privacyDashboard, 'The privacy digest'), ...problemResponses },
});

export function dashboardRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(cost, async (c) => {
    await need(c, desk, 'finops/dashboard');
    const dashboards = await desk.dashboards(c.get('caller'), c.get('workspace'));
    return c.json(await dashboards.cost(c.req.valid('query').window_hours), 200);
  });

  app.openapi(privacy, async (c) => {
    await need(c, desk, 'privacy/dashboard');
    const dashboards = await desk.dashboards(c.get('caller'), c.get('workspace'));
    return c.json(await dashboards.privacy(c.req.valid('query').window_hours), 200);
  });
}
