import { randomUUID } from 'node:crypto';
import { eventName, hashInput, newEvent, type Status } from '../../audit-log/events/index.ts';
import { canonicalJson } from '../../ops/evidence.ts';
import type { McpParts } from './parts.ts';

/** Says how a call ended, with the text that answers it. */
export type EndOfCall = (status: Status, answer: string) => void;

/** Keeps a tool event of every call, before the call is answered: names of ours, sizes and a keyed hash, never what was said. */
export class Witness {
  readonly #parts: McpParts;
  #hasFailed = false;

  constructor(parts: McpParts) {
    this.#parts = parts;
  }

  /** @param action what was called, by our name for it: the client's own words are payload */
  begin(action: string, given: unknown): EndOfCall {
    const startedAt = performance.now();
    return (status, answer) => {
      const { project, agent, user, lease, events, now } = this.#parts;
      const receipt = events.append(
        newEvent(
          {
            req_id: randomUUID(),
            workspace_id: eventName(project.config.project),
            user_id: eventName(user),
            agent_id: eventName(agent),
            tool: 'drydock',
            action: `mcp/${action}`,
            status,
            duration_ms: Math.round(performance.now() - startedAt),
            out_size: Buffer.byteLength(answer),
            job_id: eventName(lease.role),
            ...this.#inputOf(given),
          },
          now(),
        ),
      );
      if (receipt === 'refused') this.#sayOnce();
    };
  }

  #inputOf(given: unknown): { in_size: number; input_hash: string } {
    const text = textOf(given);
    return { in_size: Buffer.byteLength(text), input_hash: text && hashInput(text, this.#parts.hashKey) };
  }

  /** A call must not fail because its event does; but whoever runs the server is told. */
  #sayOnce(): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.note('WARNING: tool events are not kept: the store refuses them.');
  }
}

/** Equal inputs have equal texts; what is nested too deep to be written has none. */
function textOf(given: unknown): string {
  if (given === undefined) return '';
  try {
    return canonicalJson(given);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}
