import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventTable, readRejections, replay, spoolFiles } from '../../audit-log/events/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { chance, type Storm } from './event-faults.ts';

/** Where every event ended that a writer was told is accepted. */
export interface StormReport {
  readonly seed: number;
  readonly accepted: number;
  readonly inPostgres: number;
  readonly rejected: number;
  /** Accepted, and in neither place. */
  readonly lost: readonly string[];
  /** In a place twice, or in both. */
  readonly doubled: readonly string[];
}

export interface StormPlace {
  readonly directory: string;
  readonly writer: Target;
  /** Sees the sessions of the writer, to kill them, and the table, to count. */
  readonly admin: Target;
}

/** Kills writers and the server while events are written, lets the replay come to an end, and looks for every event. */
export async function storm(plan: Storm, place: StormPlace): Promise<StormReport> {
  const random = chance(plan.seed);
  const accepted: string[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const writers = Array.from({ length: plan.writers }, (_, n) => startWriter(plan, place, round * 100 + n));
    if (plan.crashesPostgres) {
      await sleep(100 + random() * 200);
      await crashPostgres(place);
    }
    await sleep(100 + random() * 300);
    for (const { kill } of writers) accepted.push(...(await kill()));
    if (plan.tearsLines) tearLastLine(place.directory);
  }
  await replayToTheEnd(place);
  return lookFor(accepted, plan, place);
}

/** @returns a way to kill it, which tells what it had been told */
function startWriter(plan: Storm, { directory, writer }: StormPlace, n: number): { kill(): Promise<string[]> } {
  const program = join(import.meta.dirname, 'event-writer.ts');
  const order = JSON.stringify({ directory, seed: plan.seed * 1_000 + n, faults: plan.faults });
  const { user, password, host, port, database } = writer;
  const child = spawn(process.execPath, [program, order], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${database}` },
  });
  const output = text(child.stdout);
  const begun = once(child.stdout, 'data');
  return {
    async kill() {
      await Promise.race([begun, once(child, 'exit')]);
      await sleep(50);
      if (child.exitCode !== null)
        throw new Error(`the writer of seed ${plan.seed} ended by itself with ${child.exitCode}`);
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      const named = (await output).split('\n');
      return named.slice(0, -1); // what stands after the last line break was not said to the end
    },
  };
}

/** Kills a backend without a word: the server then ends all sessions and recovers, as after an immediate stop. */
async function crashPostgres({ admin, writer }: StormPlace): Promise<void> {
  await using session = await Session.open(admin);
  const { rows } = await session.query<{ pid: number }>(
    'select pid from pg_catalog.pg_stat_activity where usename = $1',
    [writer.user],
  );
  if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
}

/** What a power cut leaves: the beginning of a line. */
function tearLastLine(directory: string): void {
  const file = spoolFiles(directory).at(-1);
  if (file) appendFileSync(file.path, '{"event_id":"0198c0de-');
}

/** The server may still be recovering; the replay goes on where the last one stopped. */
async function replayToTheEnd({ directory, writer }: StormPlace): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await using table = new EventTable(writer, 'replay');
    try {
      await replay({ directory, table, now: () => new Date() });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

async function lookFor(accepted: readonly string[], { seed }: Storm, place: StormPlace): Promise<StormReport> {
  await using session = await Session.open(place.admin);
  const { rows } = await session.query<{ event_id: string }>('select event_id from audit.tool_audit_events');
  const stored = rows.map(({ event_id }) => event_id);
  const rejected = spoolFiles(place.directory).flatMap((file) =>
    readRejections(file).flatMap(({ event }) => (event ? [event.event_id] : [])),
  );
  const places = new Map<string, number>();
  for (const id of [...stored, ...rejected]) places.set(id, (places.get(id) ?? 0) + 1);
  return {
    seed,
    accepted: accepted.length,
    inPostgres: stored.length,
    rejected: rejected.length,
    lost: accepted.filter((id) => !places.has(id)),
    doubled: [...places].filter(([, count]) => count > 1).map(([id]) => id),
  };
}
