import { openEventStore, parseEvent, startLine, type EventStore } from '../../audit-log/events/index.ts';
import { codeOf, DrydockError, exitCodes, messageOf, originalOf } from '../../ops/errors.ts';
import type { Options } from '../command.ts';
import { linesOf, type InputLine } from '../input-lines.ts';
import type { Io } from '../io.ts';
import { storeOrderOf, type EventPlace } from '../tool-events.ts';
import { jsonOf } from './json.ts';

/** Ten times what an event can be. */
const longestLine = 64 * 1024;
/** Of the lines that were not kept, so many are named; all are counted. */
const namedProblems = 100;
/** So many lines are taken before the store is waited for: a file is read faster than a server stores. */
const linesAtOnce = 10_000;

/**
 * Takes events as lines of JSON from standard input; what is not an event is named by its line. A signal ends it, with what
 * was taken until then safe.
 * @throws DrydockError EVENTS_NOT_STORED with the line to go on from
 */
export async function append(io: Io, place: EventPlace, options: Options): Promise<number> {
  const order = storeOrderOf(io, place);
  io.err(`${startLine(order)}\n`);
  const store = await openEventStore(order);
  const intake = new Intake(store);
  try {
    await using _closed = store;
    for await (const line of linesOf(process.stdin, { longest: longestLine, signal: io.signal })) {
      intake.take(line, io.now());
      if (line.number % linesAtOnce === 0) await intake.flush();
    }
    await intake.flush();
  } catch (error) {
    throw intake.failure(originalOf(error));
  }
  const report = intake.report();
  io.out(options.json ? jsonOf(report) : `${wordsOf(report)}\n`);
  return io.signal.aborted ? exitCodes.cancelled : exitCodeOf(report);
}

type Report = ReturnType<Intake['report']>;

/** What became of the lines of an input. */
class Intake {
  readonly #store: EventStore;
  readonly #problems: { line: number; problem: string }[] = [];
  #noEvents = 0;
  /** The line up to which the store has answered for every event. */
  #safeLine = 0;
  /** Lines of the events given since, and how many events had been answered for when the first of them was. */
  #givenLines: number[] = [];
  #answeredBefore = 0;

  constructor(store: EventStore) {
    this.#store = store;
  }

  take({ number, text }: InputLine, now: Date): void {
    if (text?.trim() === '') return;
    if (text === undefined) return this.#isNoEvent(number, `is longer than ${longestLine} characters`);
    try {
      const receipt = this.#store.append(parseEvent(JSON.parse(text), now));
      if (receipt !== 'refused') this.#givenLines.push(number);
      else if (this.#store.backend !== 'null') this.#name(number, `could not be kept by ${this.#store.backend}`);
    } catch (error) {
      this.#isNoEvent(number, error instanceof SyntaxError ? 'is not JSON' : messageOf(error)); // none of what it says
    }
  }

  /** Waits until what was taken is safe. @throws DrydockError EVENTS_NOT_STORED */
  async flush(): Promise<void> {
    await this.#store.flush();
    this.#safeLine = this.#givenLines.at(-1) ?? this.#safeLine;
    this.#givenLines = [];
    this.#answeredBefore = this.#answered();
  }

  /** An error that also says where the input is to be taken up again. */
  failure(error: unknown): unknown {
    if (codeOf(error) !== 'EVENTS_NOT_STORED') return error;
    const safe = this.#givenLines[this.#answered() - this.#answeredBefore - 1] ?? this.#safeLine;
    const why = messageOf((error as Error).cause ?? error).replace(/\.$/, '');
    return new DrydockError(
      'EVENTS_NOT_STORED',
      `The events up to line ${safe} are safe, those after it are not: ${why}.`,
      {
        hint: `Mend that, then send the input again from line ${safe + 1}. An event with an event_id and ts of its own is never stored twice.`,
        cause: error,
      },
    );
  }

  report() {
    const { counters, backend, active } = this.#store;
    return { backend, active, ...counters, no_events: this.#noEvents, problems: this.#problems };
  }

  /** By Postgres, in the order they were given; of a file it is not known before a flush. */
  #answered(): number {
    const { stored, duplicates, rejected } = this.#store.counters;
    return this.#store.backend === 'postgres' ? stored + duplicates + rejected : 0;
  }

  #isNoEvent(line: number, problem: string): void {
    this.#noEvents += 1;
    this.#name(line, problem);
  }

  #name(line: number, problem: string): void {
    if (this.#problems.length < namedProblems) this.#problems.push({ line, problem });
  }
}

function wordsOf({ active, accepted, pending, refused, duplicates, rejected, no_events, problems }: Report): string {
  const unnamed = no_events + refused - problems.length;
  return [
    `${accepted + pending} events kept by ${active}, ${refused} refused, ${no_events} lines are no events.`,
    ...(duplicates > 0 ? [`${duplicates} were there already.`] : []),
    ...(rejected > 0
      ? [`${rejected} were rejected by Postgres; they and the reasons are in a file that ends in .rejected.`]
      : []),
    ...problems.map(({ line, problem }) => `line ${line}: ${problem}`),
    ...(problems.length > 0 && unnamed > 0 ? [`… and ${unnamed} lines more`] : []),
  ].join('\n');
}

/** What `auto` sends may be of an earlier outage, so only `postgres` answers for what was rejected. */
function exitCodeOf({ backend, refused, rejected, no_events }: Report): number {
  const lost = (backend === 'null' ? 0 : refused) + (backend === 'postgres' ? rejected : 0);
  return no_events + lost > 0 ? exitCodes.failed : exitCodes.go;
}
