import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  dayWindow,
  RollUps,
  rollUpTallies,
  type DigestPlace,
  type TallySource,
} from '../../audit-log/digests/index.ts';
import { EventTable, type GivenCall, type ToolEvent } from '../../audit-log/events/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { eventAt } from './events.ts';

export const today = new Date().toISOString().slice(0, 10);
export const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
export const dayBefore = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
export const window = dayWindow(yesterday);
export const weights = {
  defaults: { cost_per_call: 1, cost_per_ms: 0.001 },
  tools: { browser: { cost_per_call: 5 } },
  sha256: 'f'.repeat(64),
};

/** A day with an expensive tool, failures, refusals, and somebody's address as a user id. */
const calls: [time: string, call: Partial<GivenCall>][] = [
  ['00:00:00.000', { tool: 'browser', duration_ms: 1_000, user_id: 'olena@example.org', out_size: 9_000 }],
  ['09:30:00.000', { tool: 'search', status: 'failed', agent_id: 'helion' }],
  ['09:31:00.000', { tool: 'search', status: 'denied', agent_id: 'helion', in_size: 7 }],
  ['23:59:59.999', { tool: 'search', workspace_id: 'ws-2' }],
];
export const events = calls.map(([time, call]) => eventAt(`${yesterday}T${time}Z`, call));
export const outside = [eventAt(`${today}T00:00:00.000Z`), eventAt(new Date(window.since.getTime() - 1))];

/** The roll-ups as a digest reads them: what came since they were made is rolled up first. */
export async function postgresTallies(session: Session): Promise<TallySource> {
  await new RollUps(() => new Date()).freshBy(session);
  return rollUpTallies(session);
}

/** With nothing to compare. */
export function placeOf(tallies: TallySource): DigestPlace {
  return { tallies, reconcile: async () => undefined, now: () => new Date() };
}

/** An event so many hours into yesterday. */
export function at(hours: number, call: Partial<GivenCall> = {}): ToolEvent {
  return eventAt(new Date(window.since.getTime() + hours * 3_600_000), call);
}

/** Straight into Postgres. */
export async function send(
  target: ConstructorParameters<typeof EventTable>[0],
  sent: readonly ToolEvent[],
): Promise<void> {
  await using table = new EventTable(target, 'host-1');
  await table.write(sent);
}

/** As the file of a day, and all there is in it. */
export function spool(directory: string, day: string, spooled: readonly ToolEvent[]): void {
  mkdirSync(directory, { recursive: true });
  const lines = spooled.map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(join(directory, `tool_audit_${day}.jsonl`), lines.join(''));
}
