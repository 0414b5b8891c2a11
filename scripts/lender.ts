import { codeOf, DrydockError } from '../ops/errors.ts';
import type { Session } from '../ops/postgres/index.ts';
import { endedLeases, endLeases, listLeases, noteEnds, notEnded, serverTime } from '../stage/leases/index.ts';
import type { Lender, LoanFate } from '../stage/mcp/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { openLeaseDesk } from './lease-desk.ts';

/** A lease that ended is looked for among the last of them. */
const remembered = 500;

/** The administrator's side of a lease. Every call logs in anew: stagings are reset, and come and go. */
export function lenderOf(io: Io, options: Options): Lender {
  return {
    async fateOf(role): Promise<LoanFate> {
      try {
        await using desk = await openLeaseDesk(io, options);
        const lease = (await listLeases(desk.session)).find((one) => one.role === role);
        if (lease?.endingSince) return { state: 'over', reason: reasonOf(lease.reason, lease.endedBy) };
        if (lease) return { state: 'in force', leftMs: await timeLeft(desk.session, lease.expiresAt) };
        const ended = (await endedLeases(desk.session, remembered)).find((one) => one.role === role);
        if (ended) return { state: 'over', reason: reasonOf(ended.reason, ended.endedBy) };
        return { state: 'unknown', problem: 'the one that is up now does not know this lease.' };
      } catch (error) {
        if (!isGone(error)) throw error;
        return { state: 'unknown', problem: error.message };
      }
    },

    async end(role, reason): Promise<void> {
      try {
        await using desk = await openLeaseDesk(io, options);
        const { session, actor: by, logFile, place } = desk;
        const ends = await endLeases(session, [role], { by, reason, logFile });
        await noteEnds(place, io.now(), ends);
        if (ends.stuck[0]) throw notEnded(ends.stuck[0]);
      } catch (error) {
        if (!isGone(error)) throw error;
        io.err(`${role} has gone with its staging: ${error.message}\n`);
      }
    },
  };
}

async function timeLeft(session: Session, until: Date): Promise<number> {
  return until.getTime() - (await serverTime(session)).getTime();
}

function reasonOf(reason: string | null, by: string | null): string {
  return `${reason ?? 'it was ended'}, by ${by ?? 'somebody'}`;
}

/** A staging that is not there has taken its leases with it. */
function isGone(error: unknown): error is DrydockError {
  const code = codeOf(error) ?? '';
  return error instanceof DrydockError && (code === 'STAGING_NONE' || code.startsWith('CONNECT_'));
}
