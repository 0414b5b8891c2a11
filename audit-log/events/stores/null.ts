import { noCounts, type EventStore, type Receipt } from './store.ts';

/** Keeps nothing, and counts what it did not keep. */
export class NullStore implements EventStore {
  readonly backend = 'null';
  readonly active = 'null';
  readonly counters = noCounts();

  append(): Receipt {
    this.counters.refused += 1;
    return 'refused';
  }

  async flush(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
