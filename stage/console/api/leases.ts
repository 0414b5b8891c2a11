import { z } from '@hono/zod-openapi';
import { notEnded, unknownLease, type EndedLease } from '../../leases/index.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { body, createRoute, json, problemResponses } from './route.ts';
import { byRole, leaseList, reasonBody } from './schemas.ts';

const all = createRoute({
  method: 'get',
  path: '/api/leases',
  summary: 'The leases in force, and the last that ended',
  responses: { 200: json(leaseList, 'The next to expire first'), ...problemResponses },
});

const revoke = createRoute({
  method: 'post',
  path: '/api/leases/{role}/revoke',
  summary: 'End a lease now',
  request: { params: byRole, ...body(reasonBody) },
  responses: {
    200: json(z.object({ role: z.string(), reason: z.string(), sessionsEnded: z.number() }), 'It has ended'),
    ...problemResponses,
  },
});

export function leaseRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(all, async (c) => {
    await need(c, desk, 'leases/read');
    const { inForce, ended } = await desk.leases();
    const dated = inForce.map(({ mintedAt, expiresAt, ...lease }) => {
      return { ...lease, mintedAt: mintedAt.toISOString(), expiresAt: expiresAt.toISOString() };
    });
    return c.json({ inForce: dated, ended }, 200);
  });

  app.openapi(revoke, async (c) => {
    const { role, reason, sessionsEnded } = await revokeLease(
      c,
      desk,
      c.req.valid('param').role,
      c.req.valid('json').reason,
    );
    return c.json({ role, reason, sessionsEnded }, 200);
  });
}

/** @throws LEASE_UNKNOWN, LEASE_NOT_ENDED */
export async function revokeLease(c: ConsoleContext, desk: Desk, role: string, reason: string): Promise<EndedLease> {
  await need(c, desk, 'leases/revoke');
  const { ended, stuck } = await desk.parts.leases.revoke(role, c.get('caller').agent, reason);
  if (stuck[0]) throw notEnded(stuck[0]);
  if (!ended[0]) throw unknownLease(role);
  return ended[0];
}
