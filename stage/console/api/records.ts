import { z } from '@hono/zod-openapi';
import { getAuditTrail, logAuditEvent } from '../../../audit-log/records/index.ts';
import type { ConsoleApp } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { requireWorkspace } from '../identity.ts';
import { body, createRoute, json, problemResponses } from './route.ts';
import { auditEvent, trail, trailQuery } from './schemas.ts';

const log = createRoute({
  method: 'post',
  path: '/api/audit/log',
  summary: 'Record an event; what breaks a rule is refused with the name of its constraint',
  request: body(auditEvent),
  responses: { 201: json(z.object({ id: z.string() }), 'The record'), ...problemResponses },
});

const read = createRoute({
  method: 'get',
  path: '/api/audit/trail',
  summary: 'The newest records of a workspace',
  request: { query: trailQuery },
  responses: { 200: json(trail, 'Records, the newest first'), ...problemResponses },
});

export function recordRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(log, async (c) => {
    await need(c, desk, 'records/write');
    const given = c.req.valid('json');
    requireWorkspace(c.get('caller'), given.workspaceId);
    return c.json({ id: await logAuditEvent(await desk.wholeRecord(), given) }, 201);
  });

  app.openapi(read, async (c) => {
    await need(c, desk, 'records/read');
    const { workspaceId, ...options } = c.req.valid('query');
    const session = await desk.record(c.get('caller'), workspaceId);
    return c.json({ records: await getAuditTrail(session, workspaceId, options) }, 200);
  });
}
