import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../../ops/errors.ts';
import { checkHome } from '../home.ts';
import type { Host } from '../host.ts';
import type { SweptInstance } from '../provider.ts';
import { InstanceFolder } from './instance-folder.ts';
import { removeUnfinished } from './made-once.ts';
import { endProcessesOf } from './processes.ts';

/**
 * Clears what crashed owners left in `home`: servers, folders, half-made caches. Safe beside living instances
 * and other sweeps; what cannot be cleared is in the answer.
 */
export async function sweepEmbedded(home: string, host: Host): Promise<SweptInstance[]> {
  if (!(await isThere(home))) return [];
  await checkHome(home, host);
  const dead = await InstanceFolder.takeOverDead(home);
  const swept = await Promise.all(dead.map((folder) => clear(folder, host)));
  for (const cache of ['templates', 'binaries']) await removeUnfinished(join(home, cache));
  return swept;
}

async function clear(folder: InstanceFolder, host: Host): Promise<SweptInstance> {
  const { runId } = folder;
  let processesEnded = 0;
  try {
    processesEnded = await endProcessesOf(folder.dataDirectory, host);
    await folder.remove();
    return { runId, processesEnded };
  } catch (error) {
    folder.release();
    return { runId, processesEnded, problem: error as Error };
  }
}

async function isThere(home: string): Promise<boolean> {
  return stat(home).then(
    () => true,
    (error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false;
      throw error;
    },
  );
}
