import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventTable, readRejections, reconcile, replay, sourceOf, spoolFiles } from '../../audit-log/events/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { chance, stormHost, struck, type Storm } from './event-faults.ts';
import { interruptBatch } from './event-outage.ts';

/** Where every event ended that a writer was told is accepted. */
export interface StormReport {
  readonly seed: number;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly inPostgres: number;
  readonly rejected: number;
  /** Accepted, and in neither place. */
  readonly lost: readonly string[];
  /** In a place twice, or in both. */
  readonly doubled: readonly string[];
  /** Minutes of which the reconciliation says that they do not balance. */
  readonly gaps: readonly string[];
}

export interface StormPlace {
  readonly directory: string;
  readonly writer: Target;
  /** Sees the sessions of the writer, to kill them, and the table, to count. */
  readonly admin: Target;
}

/** What a writer said before it was killed. */
interface Testimony {
  readonly accepted: string[];
  readonly struck: string[];
}

/** After two failed syncs a writer touches the disk no more, and what else should strike it there never will. */
const faultPatienceMs = 5_000;
/** A writer that is killed has accepted at least so many events. */
const leastAccepted = 100;

/** Kills writers and the server while events are written, lets the replay come to an end, and looks for every event. */
export async function storm(plan: Storm, place: StormPlace): Promise<StormReport> {
  const random = chance(plan.seed);
  const accepted: string[] = [];
  const strokes = new Map<string, number>();
  const count = (fault: string) => strokes.set(fault, (strokes.get(fault) ?? 0) + 1);
  for (let round = 0; round < plan.rounds; round += 1) {
    using started = new DisposableStack();
    const writers = Array.from({ length: plan.writers }, (_, n) =>
      started.use(startWriter(plan, place, round * 100 + n)),
    );
    for (const outage of plan.outages) {
      await interruptBatch(outage, place.admin);
      count(outage);
    }
    await sleep(100 + random() * 300);
    for (const { kill } of writers) {
      const testimony = await kill();
      accepted.push(...testimony.accepted);
      testimony.struck.forEach(count);
      count('kill -9');
    }
    if (plan.tearsLines && tearLastLine(place.directory)) count('torn line');
  }
  await replayToTheEnd(place);
  return lookFor(accepted, strokes, plan, place);
}

interface Writer extends Disposable {
  /** Kills it once each of its faults has struck, or could have for long enough. @returns what it said until then */
  kill(): Promise<Testimony>;
}

function startWriter(plan: Storm, { directory, writer }: StormPlace, n: number): Writer {
  const program = join(import.meta.dirname, 'event-writer.ts');
  const order = JSON.stringify({ directory, seed: plan.seed * 1_000 + n, faults: plan.faults });
  const { user, password, host, port, database } = writer;
  const child = spawn(process.execPath, [program, order], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: `postgresql://${user}:${password}@${host}:${port}/${database}` },
  });
  const wanted = Object.entries(plan.faults).flatMap(([fault, probability]) => (probability > 0 ? [fault] : []));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  const hasSeenAll = () => {
    const { accepted, struck } = testimonyOf(said);
    return accepted.length >= leastAccepted && wanted.every((fault) => struck.includes(fault));
  };
  return {
    async kill() {
      const giveUpAt = performance.now() + faultPatienceMs;
      while (!hasSeenAll()) {
        const end = child.exitCode ?? child.signalCode;
        if (end !== null) throw new Error(`the writer of seed ${plan.seed} ended by itself with ${end}`);
        if (performance.now() > giveUpAt) break;
        await sleep(10);
      }
      child.kill('SIGKILL');
      await ended;
      return testimonyOf(said);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

function testimonyOf(said: string): Testimony {
  const lines = said.split('\n').slice(0, -1); // what stands after the last line break was not said to the end
  return {
    accepted: lines.filter((line) => !line.startsWith(struck)),
    struck: lines.flatMap((line) => (line.startsWith(struck) ? [line.slice(struck.length)] : [])),
  };
}

const everything = { since: new Date(0), until: new Date('9999-12-31') };

function sourceIn({ directory }: StormPlace): Promise<string> {
  return sourceOf(directory, stormHost);
}

/** What a power cut leaves: the beginning of a line. */
function tearLastLine(directory: string): boolean {
  const file = spoolFiles(directory).at(-1);
  if (file) appendFileSync(file.path, '{"event_id":"0198c0de-');
  return file !== undefined;
}

/** The server may still be recovering; the replay goes on where the last one stopped. */
async function replayToTheEnd(place: StormPlace): Promise<void> {
  const { directory, writer } = place;
  for (let attempt = 1; ; attempt += 1) {
    await using table = new EventTable(writer, await sourceIn(place));
    try {
      await replay({ directory, table, now: () => new Date() });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

async function lookFor(
  accepted: readonly string[],
  strokes: ReadonlyMap<string, number>,
  { seed }: Storm,
  place: StormPlace,
): Promise<StormReport> {
  await using session = await Session.open(place.admin);
  const { rows } = await session.query<{ event_id: string }>('select event_id from audit.tool_audit_events');
  const stored = rows.map(({ event_id }) => event_id);
  const rejected = spoolFiles(place.directory).flatMap((file) =>
    readRejections(file).flatMap(({ event }) => (event ? [event.event_id] : [])),
  );
  const { directory } = place;
  const balance = await reconcile({ directory, source: await sourceIn(place), session }, everything);
  const places = new Map<string, number>();
  for (const id of [...stored, ...rejected]) places.set(id, (places.get(id) ?? 0) + 1);
  return {
    seed,
    struck: Object.fromEntries(strokes),
    accepted: accepted.length,
    inPostgres: stored.length,
    rejected: rejected.length,
    lost: accepted.filter((id) => !places.has(id)),
    doubled: [...places].filter(([, count]) => count > 1).map(([id]) => id),
    gaps: balance.gaps.map(({ minute }) => minute),
  };
}
