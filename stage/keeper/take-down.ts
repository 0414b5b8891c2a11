import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import type { Host } from '../providers/index.ts';
import { livingKeepers, type KeptInstance } from './register.ts';

const patienceMs = 20_000;
const lookEveryMs = 20;

/**
 * Asks a keeper to take its instance down, and waits until it has.
 * @throws KEEPER_STAYS
 */
export async function takeDown(home: string, host: Host, { pid, address: { runId } }: KeptInstance): Promise<void> {
  askToEnd(pid, host);
  const giveUpAt = performance.now() + patienceMs;
  while ((await livingKeepers(home)).includes(runId)) {
    if (performance.now() > giveUpAt) {
      throw new DrydockError('KEEPER_STAYS', `The keeper of ${runId}, process ${pid}, does not end.`, {
        hint: `End it by hand (kill -9 ${pid}); the next drydock command clears what is left.`,
      });
    }
    await sleep(lookEveryMs);
  }
}

function askToEnd(pid: number, host: Host): void {
  try {
    host.signal(pid, 'SIGTERM');
  } catch (error) {
    // it may have ended by itself since it was listed
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
