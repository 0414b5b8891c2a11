import type { Status, Window } from '../events/index.ts';

export type Dimension = 'tool' | 'agent' | 'user' | 'workspace';

/** Calls of one tool with one status, in an hour or in the whole window, counted once in each dimension. */
export interface Tally {
  /** UTC hour, ISO 8601; null where the whole window is one. */
  readonly hour: string | null;
  readonly dimension: Dimension;
  /** The tool, agent, user or workspace. */
  readonly key: string;
  /** Null for tools that were not asked to be told apart. */
  readonly tool: string | null;
  readonly status: Status;
  readonly calls: number;
  /** Sums: milliseconds, bytes, bytes. */
  readonly duration_ms: number;
  readonly in_size: number;
  readonly out_size: number;
  /** Bytes. */
  readonly largest_out: number;
}

/** What of a window is asked for: the less, the sooner it is there. */
export interface Wanted {
  /** All of them without it. */
  readonly dimensions?: readonly Dimension[];
  /** The tools that agents, users and workspaces are told apart by; those of the rest are added up. Every tool without it. */
  readonly apart?: readonly string[];
}

export const dimensions: readonly Dimension[] = ['tool', 'agent', 'user', 'workspace'];

/** Where tallies come from: roll-ups, files, or what is still only in a spool. All digests are built from these alone. */
export interface TallySource {
  /** For the reader of a digest: `postgres`, `jsonl`. */
  readonly name: string;
  /** Tallies of a window of whole hours. */
  total(window: Window, wanted?: Wanted): Promise<Tally[]>;
  /** Tallies of each hour, in the dimension `tool`. */
  hourly(window: Window): Promise<Tally[]>;
}

/** Tallies of several sources as one. They must not have an event in common. */
export function together(name: string, sources: readonly TallySource[]): TallySource {
  const all = async (ask: (source: TallySource) => Promise<Tally[]>) => (await Promise.all(sources.map(ask))).flat();
  return {
    name,
    total: (window, wanted) => all((source) => source.total(window, wanted)),
    hourly: (window) => all((source) => source.hourly(window)),
  };
}
