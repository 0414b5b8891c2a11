import type { Reconciliation, Window } from '../events/index.ts';
import type { Service } from './services.ts';
import type { TallySource } from './tally.ts';

/** What a digest is built from. */
export interface DigestPlace {
  readonly tallies: TallySource;
  /** Compares what was emitted with what became of it; undefined where there are no files to compare with. */
  reconcile(window: Window): Promise<Reconciliation | undefined>;
  /** Who collected the events of a window; undefined where that is not known. */
  services?(window: Window): Promise<readonly Service[]>;
  /** Why it cannot be known to be complete, whatever balances. */
  readonly doubt?: string;
  /** When it was last looked at what events there are; now, without it. */
  readonly asOf?: Date;
  now(): Date;
}

/** What every digest says of itself. */
export interface DigestHead {
  /** Half-open, UTC. */
  readonly window: { readonly since: string; readonly until: string };
  readonly made_at: string;
  /** Events that came later than this are not in it. */
  readonly as_of: string;
  readonly source_backend: string;
  /** Whether every event of the window is in it. */
  readonly completeness: Completeness;
}

export interface Completeness {
  readonly verdict: 'go' | 'no-go' | 'unproven';
  readonly reason: string;
  readonly reconciliation: Reconciliation | null;
}

export async function headOf(
  { tallies, reconcile, doubt, asOf, now }: DigestPlace,
  window: Window,
): Promise<DigestHead> {
  const { since, until } = window;
  return {
    window: { since: since.toISOString(), until: until.toISOString() },
    made_at: now().toISOString(),
    as_of: (asOf ?? now()).toISOString(),
    source_backend: tallies.name,
    completeness: completenessOf(await reconcile(window), doubt, until, now()),
  };
}

function completenessOf(
  found: Reconciliation | undefined,
  doubt: string | undefined,
  until: Date,
  now: Date,
): Completeness {
  const say = (verdict: Completeness['verdict'], reason: string) => ({
    verdict,
    reason,
    reconciliation: found ?? null,
  });
  if (doubt !== undefined) return say('unproven', doubt);
  if (!found) return say('unproven', 'there are no files here to compare with');
  const { emitted, stored, spooled, rejected, balanced, gaps } = found;
  const counts = `${emitted} emitted, ${stored} stored, ${spooled} spooled, ${rejected} rejected`;
  if (emitted === 0) return say('unproven', 'there are no events of the window in the files here');
  if (!balanced)
    return say('no-go', `${counts}: ${gaps.length} minutes do not balance, the first at ${gaps[0]!.minute}`);
  return until > now ? say('unproven', `${counts} so far: the window is not over`) : say('go', counts);
}
