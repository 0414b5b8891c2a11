import { DrydockError } from '../ops/errors.ts';
import { Session } from '../ops/postgres/index.ts';
import { takeTemplate, warmUp } from './clones/index.ts';
import { adminTarget, type Instance } from './providers/index.ts';
import type { StepContext } from './step.ts';

/** What keeps a staging from being copied without anything being wrong with it. */
const harmless = ['CLONE_SESSIONS', 'CLONE_NAME'];

/**
 * Copies the staging to its template after a step.
 * @returns why there is none of this step: the one before stays, with its time
 */
export async function copyToTemplate({ instance, project, now }: StepContext, step: string): Promise<string | null> {
  await using server = await openServer(instance);
  try {
    await takeTemplate(server, { database: project.config.database, after: step, now: now() });
    return null;
  } catch (error) {
    if (error instanceof DrydockError && harmless.includes(error.code)) return error.message;
    throw error;
  }
}

/** Makes ready what a reset will need, before anybody asks. */
export async function warmUpStaging(instance: Instance, database: string): Promise<void> {
  await using server = await openServer(instance);
  await warmUp(server, database);
}

async function openServer(instance: Instance): Promise<Session> {
  return Session.open(adminTarget(instance, 'postgres'), { applicationName: 'drydock clone' });
}
