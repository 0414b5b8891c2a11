import type { Session } from '../../ops/postgres/index.ts';
import { serverTime } from '../leases/index.ts';

/** The clock that leases and clones go by, read from a machine whose own may show another time. */
export interface ServerClock {
  readonly now: Date;
  /** What our own clock shows when the server's shows `moment`. */
  ours(moment: Date): Date;
}

/** Asks a server what time it is. @param here the clock of this machine */
export async function serverClock(session: Session, here: () => Date): Promise<ServerClock> {
  const now = await serverTime(session);
  const aheadMs = here().getTime() - now.getTime();
  return { now, ours: (moment) => new Date(moment.getTime() + aheadMs) };
}
