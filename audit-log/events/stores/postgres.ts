import { DrydockError, messageOf } from '../../../ops/errors.ts';
import type { Target } from '../../../ops/postgres/index.ts';
import type { ToolEvent } from '../event.ts';
import { Sender } from '../sender.ts';
import { QueueSupply } from '../supply.ts';
import { EventTable } from '../table.ts';
import { noCounts, type EventStore, type Receipt } from './store.ts';

const queueLimit = 50_000;
const lingerMs = 5;
const retryMs = 1_000;

export interface PostgresOrder {
  readonly target: Target;
  readonly source: string;
  /** For what Postgres rejects; made when that happens. */
  readonly directory: string;
  now(): Date;
}

/** Postgres or nothing: opening fails when it is down, and `flush` fails when it has gone. */
export class PostgresStore implements EventStore {
  readonly backend = 'postgres';
  readonly active = 'postgres';
  readonly counters = noCounts();
  readonly #table: EventTable;
  readonly #queue: QueueSupply;
  readonly #sender: Sender;

  private constructor(order: PostgresOrder, table: EventTable) {
    this.#table = table;
    this.#queue = memoryQueue(order);
    this.#sender = new Sender({
      lanes: [{ supply: this.#queue, table }],
      cooldownMs: retryMs,
      lingerMs,
      onWritten: ({ stored, duplicates, rejections }) => {
        this.counters.stored += stored;
        this.counters.duplicates += duplicates;
        this.counters.rejected += rejections.length;
      },
      onOutage() {}, // `flush` says it, to whoever asks
      onRecovery() {},
    });
  }

  static async open(order: PostgresOrder): Promise<PostgresStore> {
    const table = new EventTable(order.target, order.source);
    await table.connect();
    return new PostgresStore(order, table);
  }

  append(event: ToolEvent): Receipt {
    const receipt = this.#queue.push(event) ? 'pending' : 'refused';
    this.counters[receipt] += 1;
    this.#sender.wake();
    return receipt;
  }

  async flush(): Promise<void> {
    await drainedOrSay(this.#sender, this.#queue);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _table = this.#table;
    try {
      await this.flush();
    } finally {
      await this.#sender.stop();
    }
  }
}

export function memoryQueue({ directory, now }: Pick<PostgresOrder, 'directory' | 'now'>): QueueSupply {
  return new QueueSupply(queueLimit, directory, now);
}

export async function drainedOrSay(sender: Sender, queue: QueueSupply): Promise<void> {
  try {
    await sender.drained();
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, '');
    throw new DrydockError('EVENTS_NOT_STORED', `${queue.length} tool events wait for Postgres: ${why}.`, {
      hint: 'Bring Postgres back before this process ends, or use AUDIT_BACKEND=auto, which spools to files.',
      cause: error,
    });
  }
}
