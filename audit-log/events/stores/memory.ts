import type { ToolEvent } from '../event.ts';
import { noCounts, type EventStore, type Receipt } from './store.ts';

/** Keeps events in a list, for tests of whoever calls tools. */
export class MemoryStore implements EventStore {
  readonly backend = 'memory';
  readonly active = 'memory';
  readonly counters = noCounts();
  readonly events: ToolEvent[] = [];

  append(event: ToolEvent): Receipt {
    this.events.push(event);
    this.counters.pending += 1;
    return 'pending';
  }

  async flush(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
