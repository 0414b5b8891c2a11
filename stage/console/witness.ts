import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { eventName, newEvent, type Status } from '../../audit-log/events/index.ts';
import type { ConsoleContext, ConsoleEnv } from './app.ts';
import type { Desk } from './desk.ts';
import { isDenial, type Refusal } from './refusals.ts';

/** Keeps a tool event of every denial, and of everything that changed something or tried to. */
export function witness({ parts: { events, now } }: Desk): MiddlewareHandler<ConsoleEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const status = statusOf(c);
    if (!status) return;
    const { agent } = c.get('caller');
    const call = {
      req_id: randomUUID(),
      workspace_id: eventName(c.get('workspace') ?? 'console'),
      user_id: eventName(agent),
      agent_id: eventName(agent),
      tool: 'drydock',
      action: `console/${c.get('action') ?? 'request'}`,
      status,
      duration_ms: Math.round(performance.now() - startedAt),
    };
    events.append(newEvent(call, now()));
  };
}

function statusOf(c: ConsoleContext): Status | undefined {
  const refusal: Refusal | undefined = c.get('refusal');
  if (refusal && isDenial(refusal)) return 'denied';
  if (refusal?.status === 429) return 'rate_limited';
  // events that come in are not told of: they are told already
  const isRead = ['GET', 'HEAD'].includes(c.req.method) || c.get('action')?.startsWith('tool_events/');
  if (isRead || !c.get('action')) return undefined;
  return refusal || c.res.status >= 500 ? 'failed' : 'pass';
}
