import { DrydockError } from '../../ops/errors.ts';
import { uuidv7 } from './uuidv7.ts';

export const statuses = ['pass', 'failed', 'denied', 'timeout', 'rate_limited'] as const;
export type Status = (typeof statuses)[number];

/** What a caller says about one governed tool call. Sizes in bytes, duration in milliseconds; never what was said. */
export interface ToolCall {
  readonly req_id: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly agent_id: string;
  readonly tool: string;
  readonly action: string;
  readonly status: Status;
  readonly duration_ms: number;
  readonly in_size: number;
  readonly out_size: number;
  /** Of `hashInput`, or empty. */
  readonly input_hash: string;
  readonly graph_run_id: string | null;
  readonly graph_node: string | null;
  readonly job_id: string | null;
}

/** One governed tool call with its identity, fixed before the first attempt to store it: a retry repeats both. */
export interface ToolEvent extends ToolCall {
  /** UUIDv7. */
  readonly event_id: string;
  /** UTC, ISO 8601 with milliseconds. */
  readonly ts: string;
}

export type GivenCall = Partial<ToolCall> & Omit<ToolCall, keyof typeof defaults>;

const defaults = {
  duration_ms: 0,
  in_size: 0,
  out_size: 0,
  input_hash: '',
  graph_run_id: null,
  graph_node: null,
  job_id: null,
};

/** Spaces, quotes and braces are what payload needs and names do not. */
const name = /^[\p{L}\p{N}._:@/+#~-]{1,128}$/u;
const inputHash = /^(?:hmac-sha256:[A-Za-z0-9_-]{1,32}:[0-9a-f]{64})?$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const largestInteger = 2 ** 31 - 1;

/** What the world calls itself may hold spaces; the name of an event may not. */
export function eventName(text: string): string {
  const allowed = text.replace(/[^\p{L}\p{N}._:@/+#~-]/gu, '-');
  return Array.from(allowed).slice(0, 128).join('') || 'unknown';
}

type Rule = (value: unknown) => boolean;
const isName: Rule = (value) => typeof value === 'string' && name.test(value);
const isNameOrNull: Rule = (value) => value === null || isName(value);
const isSize: Rule = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largestInteger;

/** Every column, with what it may hold. */
const rules: Readonly<Record<keyof ToolEvent, [rule: Rule, wanted: string]>> = {
  event_id: [(value) => typeof value === 'string' && uuid.test(value), 'a UUIDv7 in lower case'],
  ts: [isTime, 'a UTC time like 2025-09-22T15:37:06.000Z'],
  req_id: [isName, 'a name'],
  workspace_id: [isName, 'a name'],
  user_id: [isName, 'a name'],
  agent_id: [isName, 'a name'],
  tool: [isName, 'a name'],
  action: [isName, 'a name'],
  status: [(value) => statuses.includes(value as Status), `one of ${statuses.join(', ')}`],
  duration_ms: [isSize, 'a whole number from 0'],
  in_size: [isSize, 'a whole number from 0'],
  out_size: [isSize, 'a whole number from 0'],
  input_hash: [(value) => typeof value === 'string' && inputHash.test(value), 'hmac-sha256:KEY_ID:HEX or empty'],
  graph_run_id: [isNameOrNull, 'a name or null'],
  graph_node: [isNameOrNull, 'a name or null'],
  job_id: [isNameOrNull, 'a name or null'],
};
export const columns = Object.keys(rules) as (keyof ToolEvent)[];

/**
 * Makes the event of a call.
 * @throws DrydockError EVENT_INVALID that names every column that is wrong, and every key that is no column
 */
export function newEvent(call: GivenCall, now: Date): ToolEvent {
  return parseEvent({ ...call, event_id: uuidv7(now), ts: now.toISOString() });
}

/**
 * Reads an event that comes from outside or from a file; what the seed calls optional may be absent.
 * @param now gives an event without identity its own; half an identity is refused, because a retry would get another half
 * @throws DrydockError EVENT_INVALID
 */
export function parseEvent(value: unknown, now?: Date): ToolEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(['it is not an object']);
  const hasIdentity = 'event_id' in value || 'ts' in value;
  const identity = now && !hasIdentity ? { event_id: uuidv7(now), ts: now.toISOString() } : {};
  const given = { ...defaults, ...identity, ...value } as Record<string, unknown>;
  const event: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const column of columns) {
    const [rule, wanted] = rules[column];
    event[column] = given[column];
    if (!rule(event[column])) problems.push(`${column} must be ${wanted}`);
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(rules, key)) problems.push(`${key.slice(0, 40)} is no column of an event`);
  }
  if (problems.length > 0) throw invalid(problems);
  return event as unknown as ToolEvent;
}

function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || value.length !== 24) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString() === value;
}

/** The values stay out of the message: they may be the payload that was refused. */
function invalid(problems: string[]): DrydockError {
  return new DrydockError('EVENT_INVALID', `This is not a tool event: ${problems.join('; ')}.`, {
    hint: 'Send names, sizes and an HMAC of the input; payload is not accepted.',
  });
}
