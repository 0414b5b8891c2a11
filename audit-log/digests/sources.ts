import type { Session } from '../../ops/postgres/index.ts';
import {
  isWithin,
  queryEvents,
  readCursor,
  spoolFiles,
  stretchesOf,
  type ToolEvent,
  type Window,
} from '../events/index.ts';
import { refreshRollUps } from './roll-ups.ts';
import type { Service } from './services.ts';
import { dimensions, type Dimension, type Tally, type TallySource, type Wanted } from './tally.ts';

/** The roll-ups in Postgres as they are, without what came since they were made. */
export function rollUpTallies(session: Session): TallySource {
  return {
    name: 'postgres',
    total: (window, wanted) => askWithRoom(session, 'tally', window, wanted),
    hourly: (window) => ask(session, 'hours', window),
  };
}

/** The roll-ups of one workspace as they are, in the dimensions `workspace` and `tool`. */
export function workspaceTallies(session: Session, workspace: string): TallySource {
  const read = async (name: string, window: Window) => {
    const tallies = await ask(session, name, window, workspace);
    return tallies.map((tally): Tally => ({ ...tally, dimension: 'tool', key: tally.tool! })).concat(tallies);
  };
  return {
    name: 'postgres',
    total: async (window, { dimensions: some = dimensions } = {}) =>
      (await read('workspace_tally', window)).filter(({ dimension }) => some.includes(dimension)),
    hourly: async (window) => (await read('workspace_hours', window)).filter(({ dimension }) => dimension === 'tool'),
  };
}

/** The events in Postgres themselves, for whoever does not trust the roll-ups. */
export function recountedTallies(session: Session): TallySource {
  return {
    name: 'postgres (recount)',
    total: (window, wanted) => askWithRoom(session, 'recount', window, wanted),
    hourly: (window) => ask(session, 'recount_hours', window),
  };
}

/**
 * Makes the roll-ups of changed hours anew, then compares those of a window with the events themselves.
 * @returns the hours that differ, and in how many rows
 */
export async function rollUpDifferences(
  session: Session,
  window: Window,
): Promise<{ hour: string; differences: number }[]> {
  await refreshRollUps(session);
  return ask(session, 'roll_up_differences', window);
}

/** Who collected the events of a window that are in Postgres. */
export async function storingServices(session: Session, window: Window): Promise<Service[]> {
  return ask<Service>(session, 'services', window);
}

/** With memory enough that tens of thousands of groups are hashed, not sorted on disk. */
async function askWithRoom(session: Session, name: string, window: Window, wanted: Wanted = {}): Promise<Tally[]> {
  return session.transaction(async () => {
    await session.query("set local work_mem = '64MB'");
    return ask(session, name, window, wanted.dimensions ?? dimensions, wanted.apart ?? null);
  });
}

async function ask<Row = Tally>(
  session: Session,
  name: string,
  { since, until }: Window,
  ...further: unknown[]
): Promise<Row[]> {
  return queryEvents<Row>(session, name, [since.toISOString(), until.toISOString(), ...further]);
}

/** What is in the spool and not in Postgres yet, so that an outage leaves no hole in a digest. */
export function spooledTallies(directory: string): TallySource {
  const total = async (window: Window, { dimensions: some = dimensions, apart }: Wanted = {}) => {
    const tallies = new Map<string, Tally>();
    for (const file of spoolFiles(directory)) {
      for (const { events } of stretchesOf(file, readCursor(file).offset)) {
        for (const event of events) if (isWithin(event.ts, window)) addTo(tallies, event, some, apart);
      }
    }
    return [...tallies.values()];
  };
  return { name: 'jsonl', total, hourly: (window) => total(window, { dimensions: ['tool'] }) };
}

function addTo(
  tallies: Map<string, Tally>,
  event: ToolEvent,
  wanted: readonly Dimension[],
  apart: readonly string[] | undefined,
): void {
  const keys: Record<Dimension, string> = {
    tool: event.tool,
    agent: event.agent_id,
    user: event.user_id,
    workspace: event.workspace_id,
  };
  const hour = `${event.ts.slice(0, 13)}:00:00.000Z`;
  for (const dimension of wanted) {
    const key = keys[dimension];
    const tool = dimension === 'tool' || !apart || apart.includes(event.tool) ? event.tool : null;
    const id = [hour, dimension, key, tool, event.status].join('\n');
    const before = tallies.get(id);
    tallies.set(id, {
      hour,
      dimension,
      key,
      tool,
      status: event.status,
      calls: (before?.calls ?? 0) + 1,
      duration_ms: (before?.duration_ms ?? 0) + event.duration_ms,
      in_size: (before?.in_size ?? 0) + event.in_size,
      out_size: (before?.out_size ?? 0) + event.out_size,
      largest_out: Math.max(before?.largest_out ?? 0, event.out_size),
    });
  }
}
