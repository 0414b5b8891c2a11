import { z } from '@hono/zod-openapi';
import {
  approveErasure,
  certifyErasure,
  executeErasure,
  listErasures,
  openKeys,
  requestErasure,
  type ErasureCertificate,
  type ErasureOrder,
  type ErasureRequest,
} from '../../../audit-log/records/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import type { ToolAction } from '../../../ops/policies/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { seesAll } from '../identity.ts';
import { body, createRoute, json, problemResponses } from './route.ts';
import { byId, erasureOrder, erasureRequest, list } from './schemas.ts';

const all = createRoute({
  method: 'get',
  path: '/api/erasures',
  summary: 'Requests to erase a person, and what became of them',
  responses: { 200: json(z.object({ requests: list(erasureRequest) }), 'The newest first'), ...problemResponses },
});

const request = createRoute({
  method: 'post',
  path: '/api/erasures',
  summary: 'Request an erasure; two others are to approve it',
  request: body(erasureOrder),
  responses: { 201: json(z.object({ id: z.string() }), 'The request'), ...problemResponses },
});

const approve = createRoute({
  method: 'post',
  path: '/api/erasures/{id}/approve',
  summary: 'Approve a request of somebody else',
  request: { params: byId },
  responses: { 200: json(z.object({ approvals: z.number() }), 'How many approvals it has'), ...problemResponses },
});

const execute = createRoute({
  method: 'post',
  path: '/api/erasures/{id}/execute',
  summary: 'Erase, when two have approved',
  request: { params: byId },
  responses: {
    200: json(z.object({ deletionLogId: z.number(), records: z.number() }), 'What was erased'),
    ...problemResponses,
  },
});

const seedOrder = z
  .strictObject({
    userId: erasureOrder.shape.userId,
    workspaceId: erasureOrder.shape.workspaceId,
    authority: erasureOrder.shape.authority,
    approvalTicketId: erasureOrder.shape.ticket,
  })
  .openapi('DeleteUserRequest');

const deleteUser = createRoute({
  method: 'post',
  path: '/api/admin/delete-user-gdpr',
  summary: 'Erase a person in one call: requests it the first time, and erases once two others have approved',
  request: body(seedOrder),
  responses: {
    200: json(
      z.object({ deletedCount: z.number(), deletionLogId: z.number(), authority: erasureOrder.shape.authority }),
      'What was erased',
    ),
    202: json(
      z.object({ request: z.string(), state: z.literal('waiting'), approvals: z.number() }),
      'It waits for approvals',
    ),
    ...problemResponses,
  },
});

const certificateSchema = z
  .object({
    request: z.string(),
    workspace: z.string(),
    person: z.string(),
    authority: z.string(),
    ticket: z.string(),
    requested_by: z.string(),
    approved_by: list(z.string()),
    executed_at: z.string(),
    records: z.number(),
    keys_destroyed: list(z.string()),
    key: z.string(),
    signature: z.string(),
  })
  .openapi('ErasureCertificate');

const certificate = createRoute({
  method: 'get',
  path: '/api/erasures/{id}/certificate',
  summary: 'The signed certificate of an erasure',
  request: { params: byId },
  responses: { 200: json(certificateSchema, 'The certificate'), ...problemResponses },
});

export function erasureRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(all, async (c) => c.json({ requests: await erasures(c, desk) }, 200));
  app.openapi(request, async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/request');
    return c.json({ id: await requestErasure(session, { ...c.req.valid('json'), by: c.get('caller').agent }) }, 201);
  });
  app.openapi(approve, async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/approve');
    return c.json({ approvals: await approveErasure(session, c.req.valid('param').id, c.get('caller').agent) }, 200);
  });
  app.openapi(execute, async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/execute');
    return c.json(await executeErasure(session, c.req.valid('param').id), 200);
  });
  app.openapi(deleteUser, async (c) => {
    const { approvalTicketId: ticket, ...person } = c.req.valid('json');
    const order = { ...person, ticket };
    const known = (await erasures(c, desk)).find((one) => one.state !== 'expired' && isFor(one, order));
    if (!known) {
      const session = await erasureDesk(c, desk, 'erasures/request');
      const id = await requestErasure(session, { ...order, by: c.get('caller').agent });
      return c.json({ request: id, state: 'waiting', approvals: 0 } as const, 202);
    }
    const session = await erasureDesk(c, desk, 'erasures/execute');
    if (known.state === 'waiting') {
      return c.json({ request: known.id, state: 'waiting', approvals: known.approved_by.length } as const, 202);
    }
    const { records, deletionLogId } = await executeErasure(session, known.id);
    return c.json({ deletedCount: records, deletionLogId, authority: order.authority }, 200);
  });
  app.openapi(certificate, async (c) => c.json(await certificateOf(c, desk, c.req.valid('param').id), 200));
}

/** @throws CONSOLE_FORBIDDEN, CONSOLE_WORKSPACE */
export async function erasures(c: ConsoleContext, desk: Desk): Promise<ErasureRequest[]> {
  return listErasures(await erasureDesk(c, desk, 'erasures/read'));
}

export async function certificateOf(c: ConsoleContext, desk: Desk, id: string): Promise<ErasureCertificate> {
  const session = await erasureDesk(c, desk, 'erasures/read');
  return certifyErasure(session, openKeys(desk.parts.recordFolders.keys), id);
}

function isFor(request: ErasureRequest, { userId, workspaceId, authority, ticket }: ErasureOrder): boolean {
  const ids = [request.user_id, request.workspace_id, request.authority, request.ticket];
  return ids.join('\n') === [userId.toLowerCase(), workspaceId.toLowerCase(), authority, ticket].join('\n');
}

/** Erasures are no business of one workspace's: who works here may act in all of them. */
export async function erasureDesk(c: ConsoleContext, desk: Desk, action: ToolAction): Promise<Session> {
  await need(c, desk, action);
  const caller = c.get('caller');
  if (seesAll(caller)) return desk.wholeRecord();
  throw new DrydockError('CONSOLE_WORKSPACE', `${caller.agent} may not see the erasures of every workspace.`, {
    hint: "Erasures are handled by those whose workspaces in ops/policies/rbac.yml are ['*'].",
  });
}
