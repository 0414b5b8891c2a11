import { codeOf, messageOf } from '../ops/errors.ts';
import { Session } from '../ops/postgres/index.ts';
import { takeTemplate, warmUp } from './clones/index.ts';
import { adminTarget, type Instance } from './providers/index.ts';
import type { StepContext } from './step.ts';

/** What keeps a staging from being copied without anything being wrong with it; 53100: no room for a copy. */
const harmless = ['CLONE_SESSIONS', 'CLONE_NAME', '53100'];

/**
 * Copies the staging to its template after a step.
 * @returns why there is none of this step: the one before stays, with its time
 */
export async function copyToTemplate({ instance, project, now }: StepContext, step: string): Promise<string | null> {
  await using server = await openServer(instance);
  return await reasonAgainst(() =>
    takeTemplate(server, { database: project.config.database, after: step, now: now() }),
  );
}

/** Makes ready what a reset will need, before anybody asks; where there is no room for it a reset makes it itself. */
export async function warmUpStaging(instance: Instance, database: string): Promise<void> {
  await using server = await openServer(instance);
  await reasonAgainst(() => warmUp(server, database));
}

/** Does something that a staging can do without. @returns why it could not be done */
async function reasonAgainst(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (harmless.includes(codeOf(error) ?? '')) return messageOf(error);
    throw error;
  }
}

async function openServer(instance: Instance): Promise<Session> {
  return Session.open(adminTarget(instance, 'postgres'), { applicationName: 'drydock clone' });
}
