import { z } from '@hono/zod-openapi';
import { parseEvent, statuses, type ToolEvent } from '../../../audit-log/events/index.ts';
import { DrydockError } from '../../../ops/errors.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { requireWorkspace } from '../identity.ts';
import { body, createRoute, json, problemResponses } from './route.ts';
import { received } from './schemas.ts';

const mostEvents = 500;

/** The names; what they may hold is for the event itself to say, which knows more than a schema. */
const event = z
  .looseObject({
    req_id: z.string(),
    workspace_id: z.string(),
    user_id: z.string(),
    agent_id: z.string(),
    tool: z.string(),
    action: z.string(),
    status: z.enum(statuses),
  })
  .openapi('ToolEvent');

const append = createRoute({
  method: 'post',
  path: '/v1/tool-events',
  summary: 'Keep tool events, each with its own event_id and ts or without both',
  request: body(z.union([event, z.array(event).min(1).max(mostEvents)])),
  responses: { 202: json(received, 'What became of them'), ...problemResponses },
});

export function eventRoutes(app: ConsoleApp, desk: Desk): void {
  app.openapi(append, async (c) => {
    await need(c, desk, 'tool_events/append');
    const { events: store, now } = desk.parts;
    const events = [c.req.valid('json')].flat().map((given) => parseEvent(given, now()));
    for (const one of events) await requireOwn(c, desk, one);
    const counts = { accepted: 0, pending: 0, refused: 0 };
    for (const one of events) counts[store.append(one)] += 1;
    await store.flush();
    return c.json(counts, 202);
  });
}

/** An agent speaks for itself; a gateway, which authenticates agents, for others too. All or none of a batch is kept. */
async function requireOwn(c: ConsoleContext, desk: Desk, { agent_id: agent, workspace_id: workspace }: ToolEvent) {
  const caller = c.get('caller');
  requireWorkspace(caller, workspace);
  if (agent === caller.agent) return;
  const relays = (await desk.rbac()).required('tool_events/relay').every((one) => caller.entitlements.has(one));
  if (relays) return;
  throw new DrydockError('CONSOLE_IDENTITY', `${caller.agent} may not send the events of another agent.`, {
    hint: 'Send your own, or have a token of a gateway: tools.events.relay.',
  });
}
