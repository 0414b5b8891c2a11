import { randomUUID } from 'node:crypto';
import { codeOf, exitCodes, messageOf } from '../ops/errors.ts';
import type { GivenCall, Status } from '../audit-log/events/index.ts';
import type { Report } from '../stage/report.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';

/** The command that works on the events does not add to what it looks at. */
const unrecorded = ['events'];

/** One thing that Drydock did, for its own tool events. */
interface OwnCall {
  readonly action: string;
  readonly status: Status;
  readonly durationMs: number;
}

/**
 * Runs a command, and where AUDIT_BACKEND is set keeps an event of it. A verdict of no-go is a command that worked.
 * @returns the exit code of the command, whatever became of the event
 */
export async function recorded(io: Io, options: Options, name: string, work: () => Promise<number>): Promise<number> {
  if (!io.env['AUDIT_BACKEND'] || unrecorded.includes(name)) return await work();
  const startedAt = performance.now();
  const keep = (status: Status) =>
    keepCalls(io, options, [{ action: name, status, durationMs: Math.round(performance.now() - startedAt) }]);
  try {
    const exitCode = await work();
    const hasWorked = exitCode === exitCodes.go || exitCode === exitCodes['no-go'] || exitCode === exitCodes.unproven;
    await keep(hasWorked ? 'pass' : 'failed');
    return exitCode;
  } catch (error) {
    await keep(codeOf(error) === 'CONNECT_REFUSED' ? 'denied' : 'failed');
    throw error;
  }
}

/** Keeps an event of every step of a run that was tried, where AUDIT_BACKEND is set. */
export async function recordSteps(io: Io, options: Options, { runId, steps }: Report): Promise<void> {
  if (!io.env['AUDIT_BACKEND']) return;
  const tried = steps.filter(({ status }) => status !== 'skipped');
  const calls = tried.map(({ name, status, durationMs }): OwnCall => {
    return { action: `step/${name}`, status: status === 'done' ? 'pass' : 'failed', durationMs };
  });
  await keepCalls(io, options, calls, runId);
}

/** A store that fails is said so, and nothing more: the work is done, and its result stands. */
async function keepCalls(io: Io, options: Options, calls: readonly OwnCall[], runId?: string): Promise<void> {
  const { eventName, newEvent, openEventStore } = await import('../audit-log/events/index.ts');
  const { booksHere } = await import('./state-folder.ts');
  const { eventPlaceOf, storeOrderOf } = await import('./tool-events.ts');
  try {
    const { project, state } = await booksHere(io, options);
    const order = storeOrderOf(io, await eventPlaceOf(io, { json: false }, state));
    // who cancelled waits for no server: what is in files is sent by whoever comes next
    const waitsForNobody = io.signal.aborted && order.backend === 'auto';
    await using store = await openEventStore(waitsForNobody ? { ...order, backend: 'jsonl' } : order);
    const ids = { req_id: runId ?? randomUUID(), job_id: runId ?? null, workspace_id: eventName(project) };
    for (const call of calls) store.append(newEvent({ ...ids, ...callOf(io, call, eventName) }, io.now()));
    await store.flush();
  } catch (error) {
    io.err(`WARNING: no tool event was kept: ${messageOf(error)}\n`);
  }
}

function callOf(
  { env }: Io,
  { action, status, durationMs }: OwnCall,
  eventName: (text: string) => string,
): Omit<GivenCall, 'req_id' | 'workspace_id'> {
  return {
    user_id: eventName(env['DRYDOCK_ACTOR'] ?? env['GITHUB_ACTOR'] ?? env['USER'] ?? 'unknown'),
    agent_id: eventName(env['DRYDOCK_AGENT'] ?? 'operator'),
    tool: 'drydock',
    action,
    status,
    duration_ms: durationMs,
  };
}
