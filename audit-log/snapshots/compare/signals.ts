import type { Loaded, SignalDefinitions } from '../../../ops/config/index.ts';
import { countSignals, type SignalCount } from '../signals.ts';
import type { LoadedSnapshot } from './load.ts';

/** A signal in both snapshots, by one definition. */
export interface SignalDelta {
  readonly id: string;
  readonly table: string;
  readonly type: 'positive' | 'negative';
  readonly incidence: 'fallback' | 'empty-result' | null;
  readonly before: number | null;
  readonly after: number | null;
  readonly delta: number | null;
  /** Shares of the rows of the table, from 0 to 1. */
  readonly share_before: number | null;
  readonly share_after: number | null;
}

export interface SignalComparison {
  readonly definitions: { readonly before: string | null; readonly after: string | null };
  /** The definitions of the snapshot before, on both. */
  readonly strict: readonly SignalDelta[];
  /** Where they changed: those of the snapshot after, on both. */
  readonly changed: readonly SignalDelta[] | null;
}

/** Counts the same definitions on both snapshots; where they changed, the old ones and the new ones apart. */
export async function compareSignals(
  before: LoadedSnapshot,
  after: LoadedSnapshot,
  definitions: { before: Loaded<SignalDefinitions> | undefined; after: Loaded<SignalDefinitions> | undefined },
): Promise<SignalComparison> {
  const old = definitions.before ?? definitions.after;
  const now = definitions.after ?? definitions.before;
  const deltas = (some: Loaded<SignalDefinitions>) => deltasOf(some.value, before, after);
  return {
    definitions: { before: old?.sha256 ?? null, after: now?.sha256 ?? null },
    strict: old ? await deltas(old) : [],
    changed: now && old && now.sha256 !== old.sha256 ? await deltas(now) : null,
  };
}

async function deltasOf(
  definitions: SignalDefinitions,
  before: LoadedSnapshot,
  after: LoadedSnapshot,
): Promise<SignalDelta[]> {
  const was = await countSignals(definitions, before.manifest, before.folder);
  const is = await countSignals(definitions, after.manifest, after.folder);
  return was.map((old, at) => {
    const { id, table, type, incidence, count } = old;
    const now = is[at]!;
    const delta = count === null || now.count === null ? null : now.count - count;
    return {
      id,
      table,
      type,
      incidence,
      before: count,
      after: now.count,
      delta,
      share_before: shareOf(old),
      share_after: shareOf(now),
    };
  });
}

function shareOf({ count, examined }: SignalCount): number | null {
  return count === null || !examined ? null : count / examined;
}
