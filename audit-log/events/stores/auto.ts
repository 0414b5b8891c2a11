import { setTimeout as sleep } from 'node:timers/promises';
import type { Disk } from '../disk.ts';
import type { ToolEvent } from '../event.ts';
import { Journal } from '../journal.ts';
import { Sender } from '../sender.ts';
import { QueueSupply, SpoolSupply } from '../supply.ts';
import { EventTable } from '../table.ts';
import { GroupCommit, syncOrSay } from './jsonl.ts';
import { drainedOrSay, memoryQueue, type PostgresOrder } from './postgres.ts';
import { noCounts, type Backend, type EventStore, type Receipt } from './store.ts';

export interface AutoOrder extends PostgresOrder {
  readonly disk: Disk;
  /** How long an outage keeps the breaker open, in milliseconds. */
  readonly cooldownMs: number;
  /** Told in one line when Postgres fails and when it is back. */
  note(line: string): void;
}

const lingerMs = 20;
const closingPatienceMs = 2_000;

/**
 * Every event goes to the JSONL file first and from there to Postgres: so an outage changes nothing for the caller, and
 * what a crash leaves behind is sent when the slot is opened next. Where the disk fails, memory takes its place.
 */
export class AutoStore implements EventStore {
  readonly backend = 'auto';
  readonly counters = noCounts();
  readonly #journal: Journal;
  readonly #groupCommit: GroupCommit;
  readonly #table: EventTable;
  readonly #memoryTable: EventTable;
  readonly #queue: QueueSupply;
  readonly #sender: Sender;
  readonly #now: () => Date;

  constructor(order: AutoOrder) {
    const { directory, disk, target, source, cooldownMs, now, note } = order;
    this.#now = now;
    this.#journal = Journal.open(directory, disk);
    this.#groupCommit = new GroupCommit(this.#journal);
    this.#table = new EventTable(target, source);
    // no file has these events, so they must not stand against the files of this directory when it is balanced
    this.#memoryTable = new EventTable(target, `${source}.memory`);
    this.#queue = memoryQueue(order);
    this.#sender = new Sender({
      lanes: [
        { supply: new SpoolSupply(() => this.#journal.files(), now), table: this.#table },
        { supply: this.#queue, table: this.#memoryTable },
      ],
      cooldownMs,
      lingerMs,
      onWritten: ({ stored, duplicates, rejections }) => {
        this.counters.stored += stored;
        this.counters.duplicates += duplicates;
        this.counters.rejected += rejections.length;
      },
      onOutage: (reason) => note(`AutoAuditStore: Postgres write failed (${reason}), switching to JSONL fallback`),
      onRecovery: () => note('AutoAuditStore: Postgres is back, the events of the outage are being sent'),
    });
  }

  get active(): Backend {
    return this.#sender.isDown ? 'jsonl' : 'postgres';
  }

  append(event: ToolEvent): Receipt {
    const receipt = this.#keep(event);
    this.counters[receipt] += 1;
    this.#sender.wake();
    return receipt;
  }

  async flush(): Promise<void> {
    await syncOrSay(this.#journal);
    if (this.#queue.length > 0) await drainedOrSay(this.#sender, this.#queue);
  }

  /** Resolves when Postgres has everything. @throws DrydockError EVENTS_NOT_STORED while it is down */
  async drained(): Promise<void> {
    await drainedOrSay(this.#sender, this.#queue);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _journal = this.#journal;
    await using _table = this.#table;
    await using _memoryTable = this.#memoryTable;
    await this.#groupCommit.stop();
    try {
      await this.flush();
      await this.#sendWhatCanBeSent();
    } finally {
      await this.#sender.stop();
    }
  }

  /** A process that ends gives Postgres a moment; what is left is safe in the files, and the next opening sends it. */
  async #sendWhatCanBeSent(): Promise<void> {
    const sent = this.#sender.drained().catch(() => {}); // an outage has been noted already
    await Promise.race([sent, sleep(closingPatienceMs, undefined, { ref: false })]);
  }

  #keep(event: ToolEvent): Receipt {
    try {
      this.#journal.append(JSON.stringify(event), this.#now());
      this.#groupCommit.soon();
      return 'accepted';
    } catch {
      return this.#queue.push(event) ? 'pending' : 'refused';
    }
  }
}
