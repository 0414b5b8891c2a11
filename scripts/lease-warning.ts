import { codeOf } from '../ops/errors.ts';
import type { Io } from './io.ts';

/** A login that takes longer is the command's to complain of. */
const patienceMs = 2000;

/** Says on standard error how long the lease of the PG* variables still lasts, when that is not long any more. */
export async function warnOfTheEnd({ env, err }: Io): Promise<void> {
  const { PGHOST, PGUSER: user, PGPASSWORD, PGDATABASE } = env;
  if (!PGHOST || !user || !PGPASSWORD || !PGDATABASE) return;
  const { Session, targetOfVariables } = await import('../ops/postgres/index.ts');
  const { leaseTimeLeft, warnBeforeMs } = await import('../stage/leases/index.ts');
  try {
    await using session = await Session.open(targetOfVariables(env)!, {
      applicationName: 'drydock leases',
      timeoutMs: patienceMs,
    });
    const leftMs = await leaseTimeLeft(session);
    if (leftMs !== undefined && leftMs < warnBeforeMs)
      err(`${user} ends in ${inWords(leftMs)}: ask for an extension now.\n`);
  } catch (error) {
    // a command that needs the login will say so itself, and one that does not is not disturbed
    const code = codeOf(error) ?? '';
    if (code !== 'USAGE_VARIABLES' && !code.startsWith('CONNECT_')) throw error;
  }
}

function inWords(leftMs: number): string {
  const seconds = Math.max(0, Math.round(leftMs / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
