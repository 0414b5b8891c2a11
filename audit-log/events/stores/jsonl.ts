import { DrydockError, messageOf } from '../../../ops/errors.ts';
import type { Disk } from '../disk.ts';
import type { ToolEvent } from '../event.ts';
import { Journal } from '../journal.ts';
import { noCounts, type EventStore, type Receipt } from './store.ts';

/** Files only. */
export class JsonlStore implements EventStore {
  readonly backend = 'jsonl';
  readonly active = 'jsonl';
  readonly counters = noCounts();
  readonly #journal: Journal;
  readonly #now: () => Date;
  readonly #syncing: GroupCommit;

  constructor(directory: string, disk: Disk, now: () => Date) {
    this.#journal = Journal.open(directory, disk);
    this.#now = now;
    this.#syncing = new GroupCommit(this.#journal);
  }

  append(event: ToolEvent): Receipt {
    try {
      this.#journal.append(JSON.stringify(event), this.#now());
    } catch {
      this.counters.refused += 1;
      return 'refused';
    }
    this.counters.accepted += 1;
    this.#syncing.soon();
    return 'accepted';
  }

  async flush(): Promise<void> {
    await syncOrSay(this.#journal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _journal = this.#journal;
    await this.#syncing.stop();
    await this.flush();
  }
}

const groupMs = 20;

/** One fdatasync for all events of a moment: fifty a second instead of one per event. */
export class GroupCommit {
  readonly #journal: Journal;
  #timer: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // a disk that fails is for `flush` to report; the journal remembers
      this.#syncing = this.#journal.sync().catch(() => {});
    }, groupMs).unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#syncing;
  }
}

export async function syncOrSay(journal: Journal): Promise<void> {
  try {
    await journal.sync();
  } catch (error) {
    throw new DrydockError('EVENTS_NOT_STORED', `The disk did not take the newest tool events: ${messageOf(error)}.`, {
      hint: 'Make room or replace the disk, then restart the writer; what was cut off is beside its file as .torn.',
      cause: error,
    });
  }
}
