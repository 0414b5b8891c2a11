import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DrydockError } from '../../ops/errors.ts';

const lockNotAvailable = '55P03';
const pauseMs = 250;

/**
 * Work that needs a table to itself for a moment. It gives up after milliseconds, so that no writer waits behind it, and is tried again.
 * @param attempts how often, a quarter of a second apart
 * @throws RECORDS_BUSY when the last attempt was refused too
 */
export async function patiently<T>(work: () => Promise<T>, attempts = 40): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== lockNotAvailable) throw error;
      if (tried === attempts) throw busy(error);
      await sleep(pauseMs);
    }
  }
}

function busy(cause: unknown): DrydockError {
  return new DrydockError('RECORDS_BUSY', 'A long reader or writer of the record did not let go of a table.', {
    hint: 'End it (pg_stat_activity), or try again later. No writer was held up; what was done before stays done.',
    cause,
  });
}
