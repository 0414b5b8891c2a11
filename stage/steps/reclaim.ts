import { counted } from '../../ops/counted.ts';
import { DrydockError } from '../../ops/errors.ts';
import { endLease, serverTime } from '../leases/index.ts';
import { measured } from '../measurement.ts';
import type { Step, StepContext } from '../step.ts';

/** Ends the run's credential, sessions and all, and counts what is left of it. */
export const reclaim: Step = {
  name: 'reclaim',
  title: 'End the credential and prove it gone',

  async run(context) {
    const { lease } = context;
    if (!lease) return { summary: 'no credential was minted' };
    await using session = await context.connect();
    const ended = await endLease(session, lease.role, {
      by: context.settings.actor,
      reason: 'the run is over',
      logFile: context.instance.logFile,
    });
    const refused = await loginIsRefused(context);
    context.lease = undefined;
    const credential = context.record.credentials.find(({ role }) => role === lease.role);
    if (credential) credential.endedAt = (await serverTime(session)).toISOString();
    context.record.measure(
      measured({
        id: 'lease/ended',
        title: 'The credential no longer logs in and left no trace',
        examined: 2,
        violations: ended.traces + Number(!refused),
        findings: [],
      }),
    );
    return {
      summary: `${lease.role}: ${counted(ended.sessionsEnded, 'session')} ended, ${counted(ended.traces, 'trace')} left`,
    };
  },
};

/** Tries the credential once more, with its password. */
async function loginIsRefused({ lease, connect }: StepContext): Promise<boolean> {
  try {
    await using _session = await connect({ lease: lease! });
    return false;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'CONNECT_REFUSED') return true;
    throw error;
  }
}
