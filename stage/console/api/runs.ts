import type { ConsoleApp } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { notFound } from '../refusals.ts';
import type { Report } from '../../report.ts';
import { createRoute, json, problemResponses } from './route.ts';
import { byRun, gateList, runList, runReport } from './schemas.ts';

const all = createRoute({
  method: 'get',
  path: '/api/runs',
  summary: 'The runs that left a report beside the trail',
  responses: { 200: json(runList, 'The newest first'), ...problemResponses },
});

const one = createRoute({
  method: 'get',
  path: '/api/runs/{runId}',
  summary: 'The whole report of a run',
  request: { params: byRun },
  responses: { 200: json(runReport, 'The report'), ...problemResponses },
});

const gates = createRoute({
  method: 'get',
  path: '/api/runs/{runId}/gates',
  summary: 'The gates of a run',
  request: { params: byRun },
  responses: { 200: json(gateList, 'In the order in which they are read'), ...problemResponses },
});

export function runRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(all, async (c) => {
    await need(c, desk, 'runs/read');
    return c.json(await desk.runs.list(), 200);
  });

  app.openapi(one, async (c) => {
    await need(c, desk, 'runs/read');
    return c.json(await runNamed(desk, c.req.valid('param').runId), 200);
  });

  app.openapi(gates, async (c) => {
    await need(c, desk, 'runs/read');
    const { runId, gates: decided } = await runNamed(desk, c.req.valid('param').runId);
    return c.json({ runId, gates: decided }, 200);
  });
}

/** @throws CONSOLE_NOT_FOUND */
export async function runNamed(desk: Desk, runId: string): Promise<Report> {
  const report = await desk.runs.report(runId);
  if (!report) throw notFound('report of that run');
  return report;
}
