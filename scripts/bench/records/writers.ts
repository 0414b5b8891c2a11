import { randomUUID } from 'node:crypto';
import { logAuditEvent, recordSession } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { timed } from '../measure.ts';
import { database, workspace } from './fill.ts';

/** Clients that insert one record after another. */
export interface Writers extends AsyncDisposable {
  /** Writes for so long; the milliseconds of each insert. */
  write(forMs: number): Promise<number[]>;
  /** Inserts that were refused so far. */
  failed(): number;
}

export async function openWriters(server: Staging, count: number): Promise<Writers> {
  const sessions = await Promise.all(Array.from({ length: count }, () => recordSession(server.target(database))));
  let failed = 0;
  const one = async (session: Session, until: number) => {
    const times: number[] = [];
    while (performance.now() < until) {
      times.push(
        await timed(() =>
          logAuditEvent(session, {
            ...{ actionType: 'BENCH', resourceType: 'thing', resourceId: randomUUID(), workspaceId: workspace },
            ...{ createdByUserId: randomUUID(), newValues: { n: times.length }, clear: ['*'] },
          }).catch(() => (failed += 1)),
        ),
      );
    }
    return times;
  };
  return {
    write: async (forMs) => {
      const until = performance.now() + forMs;
      return (await Promise.all(sessions.map((session) => one(session, until)))).flat();
    },
    failed: () => failed,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}
