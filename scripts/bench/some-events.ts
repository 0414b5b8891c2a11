import { newEvent, type ToolEvent } from '../../audit-log/events/index.ts';

/** Events of 41 tools, 19 agents, 211 users and 10 workspaces, in every combination. @param at milliseconds of the nth */
export function someEvents(count: number, at: (n: number) => number = () => Date.now()): ToolEvent[] {
  return Array.from({ length: count }, (_, n) =>
    newEvent(
      {
        req_id: `req-${n}`,
        workspace_id: `ws-${n % 10}`,
        user_id: `user-${n % 211}`,
        agent_id: `agent-${n % 19}`,
        tool: `tool-${n % 41}`,
        action: 'call',
        status: n % 50 === 0 ? 'failed' : 'pass',
        duration_ms: n % 997,
        in_size: n % 4_001,
        out_size: n % 16_001,
      },
      new Date(at(n)),
    ),
  );
}
