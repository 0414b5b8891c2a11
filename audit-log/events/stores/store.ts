import type { ToolEvent } from '../event.ts';

export const backends = ['auto', 'postgres', 'jsonl', 'null', 'memory'] as const;
export type Backend = (typeof backends)[number];

/**
 * What became of an event when `append` returned.
 *
 * - accepted: where this backend keeps events, past kill -9 of this process (jsonl, auto)
 * - pending: in memory; `flush` says whether it got further
 * - refused: not kept, and counted
 */
export type Receipt = 'accepted' | 'pending' | 'refused';

/** Every event given is in exactly one of these, or still waits. */
export interface Counters {
  accepted: number;
  pending: number;
  refused: number;
  /** Of those accepted or pending, what Postgres answered. */
  stored: number;
  duplicates: number;
  rejected: number;
}

/** Keeps tool events. Appending neither waits nor throws: a tool call must not fail because its audit does. */
export interface EventStore extends AsyncDisposable {
  readonly backend: Backend;
  /** Where events go right now: for `auto`, jsonl while Postgres is down. */
  readonly active: Backend;
  readonly counters: Readonly<Counters>;
  append(event: ToolEvent): Receipt;
  /** Resolves when everything appended so far survives a crash of the machine. @throws DrydockError EVENTS_NOT_STORED */
  flush(): Promise<void>;
}

export function noCounts(): Counters {
  return { accepted: 0, pending: 0, refused: 0, stored: 0, duplicates: 0, rejected: 0 };
}
