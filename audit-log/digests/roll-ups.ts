import type { Session } from '../../ops/postgres/index.ts';
import { notReady } from '../events/index.ts';

const freshMs = 10_000;

/** Makes the hours anew that changed since their roll-up was made. */
export async function refreshRollUps(session: Session): Promise<void> {
  try {
    await session.query('select drydock.refresh_tool_event_hours()');
  } catch (error) {
    throw notReady(error, 'tool_event_reader');
  }
}

/**
 * The roll-ups of one database, for those who ask for them again and again: while events arrive, the hour under way is always
 * changed, and making it anew costs more than any question. So that is done at most once in ten seconds, for all who ask.
 */
export class RollUps {
  readonly #now: () => Date;
  #underWay: Promise<Date> | undefined;
  #asOf: Date | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @param session of any login that may read the roll-ups @returns the time whose events are all in them */
  async freshBy(session: Session): Promise<Date> {
    if (this.#asOf && this.#isFresh(this.#asOf)) return this.#asOf;
    if (!this.#underWay) return (this.#underWay = this.#refresh(session).finally(() => (this.#underWay = undefined)));
    const shared = await this.#underWay.catch(() => undefined); // another's connection may break, and ours may not
    return shared ?? this.freshBy(session);
  }

  async #refresh(session: Session): Promise<Date> {
    const began = this.#now();
    await refreshRollUps(session);
    return (this.#asOf = began);
  }

  #isFresh(asOf: Date): boolean {
    const elapsed = this.#now().getTime() - asOf.getTime();
    return elapsed >= 0 && elapsed < freshMs; // a clock may be set back
  }
}
