import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { tryLock } from '../../../ops/lock.ts';
import { unwritable } from '../home.ts';
import type { SweptInstance } from '../provider.ts';

/**
 * What this machine remembers of a run on somebody's server: RUNID.json in HOME/remote says where, and RUNID.lock is held
 * for as long as the run lives. The server knows the rest.
 */
export interface RemoteNote extends Disposable {
  /** Nothing of the run is left there. */
  forget(): Promise<void>;
}

/** Notes where a run is at work. */
export async function noteRun(home: string, runId: string, at: string): Promise<RemoteNote> {
  await mkdir(folderIn(home), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(home, error);
  });
  const held = tryLock(join(folderIn(home), `${runId}.lock`));
  await writeFile(join(folderIn(home), `${runId}.json`), JSON.stringify({ at }), { mode: 0o600 });
  return { forget: () => remove(home, runId), [Symbol.dispose]: () => held?.[Symbol.dispose]() };
}

/** Whoever found a server clean, or made it so, knows that no dead run has left anything there. */
export async function forgetDeadRuns(home: string, at: string): Promise<void> {
  for (const dead of await deadRuns(home)) if (dead.at === at) await remove(home, dead.runId);
}

/** Runs of this machine that are over and did not give their server back, each with the way to make it right. */
export async function remoteLeftovers(home: string): Promise<SweptInstance[]> {
  return (await deadRuns(home)).map(({ runId, at }) => ({
    runId,
    processesEnded: 0,
    problem: new DrydockError('PROVIDER_REMOTE_LEFT', `Its database and roles may still be on the server at ${at}.`, {
      hint: 'Run its project against that server again: that clears them first.',
    }),
  }));
}

async function deadRuns(home: string): Promise<{ runId: string; at: string }[]> {
  const names = await readdir(folderIn(home)).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  });
  const dead: { runId: string; at: string }[] = [];
  for (const { name: runId } of names.filter((name) => name.endsWith('.json')).map((name) => parse(name))) {
    using held = tryLock(join(folderIn(home), `${runId}.lock`));
    if (!held) continue; // at work
    const note = await readFile(join(folderIn(home), `${runId}.json`), 'utf8');
    dead.push({ runId, at: (JSON.parse(note) as { at: string }).at });
  }
  return dead;
}

async function remove(home: string, runId: string): Promise<void> {
  for (const kind of ['json', 'lock']) await rm(join(folderIn(home), `${runId}.${kind}`), { force: true });
}

function folderIn(home: string): string {
  return join(home, 'remote');
}
