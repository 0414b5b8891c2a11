import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import { lock, tryLock, type HeldLock } from '../../ops/lock.ts';
import type { InstanceAddress } from '../providers/index.ts';

/** An instance that outlives the command which brought it up, and the keeper that will end it. */
export interface KeptInstance {
  /** Holds the administrator's password: never print it. */
  readonly address: InstanceAddress;
  /** The project's name and the full path of its drydock.yaml. */
  readonly project: string;
  readonly projectFile: string;
  readonly database: string;
  /** The keeper's process. */
  readonly pid: number;
  readonly startedAt: string;
  readonly expiresAt: string;
  /** What the keeper could not do on its last tick; null when all went well. */
  readonly problem: string | null;
}

/**
 * A keeper's entry in the register `HOME/keepers`: RUNID.lock is held for as long as the keeper lives, RUNID.json says
 * what it keeps. An entry whose lock is free belongs to nobody. Entries come and go under the register's lock only.
 */
export class KeeperSeat implements AsyncDisposable {
  readonly #home: string;
  readonly #runId: string;
  readonly #held: HeldLock;

  private constructor(home: string, runId: string, held: HeldLock) {
    this.#home = home;
    this.#runId = runId;
    this.#held = held;
  }

  static async take(home: string, runId: string): Promise<KeeperSeat> {
    await mkdir(seatsIn(home), { recursive: true, mode: 0o700 });
    using _register = await lockRegister(home);
    return new KeeperSeat(home, runId, await lock(entryFile(home, runId, 'lock')));
  }

  /** Writes down what is kept; a reader never sees half of it. */
  async announce(kept: KeptInstance): Promise<void> {
    const draft = entryFile(this.#home, this.#runId, 'draft');
    await writeFile(draft, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, entryFile(this.#home, this.#runId, 'json'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _register = await lockRegister(this.#home);
    await removeEntry(this.#home, this.#runId);
    this.#held[Symbol.dispose]();
  }
}

/** The file that a keeper writes its errors to. */
export async function keeperLog(home: string, runId: string): Promise<string> {
  await mkdir(seatsIn(home), { recursive: true, mode: 0o700 });
  return entryFile(home, runId, 'log');
}

/** What living keepers keep, oldest first. One that is still starting its instance is not listed. */
export async function keptInstances(home: string): Promise<KeptInstance[]> {
  const kept = await Promise.all((await livingKeepers(home)).map((runId) => readKept(home, runId)));
  return kept.filter((item) => item !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** The runs whose keepers live. */
export async function livingKeepers(home: string): Promise<string[]> {
  return visitEntries(home, (_runId, held) => held === undefined);
}

/** Removes the entries of keepers that were killed; their instances are the provider's to clear. @returns their runs */
export async function sweepKeepers(home: string): Promise<string[]> {
  return visitEntries(home, async (runId, held) => {
    if (held) await removeEntry(home, runId);
    return held !== undefined;
  });
}

/** Tries the lock of every entry, with the register locked. @returns the runs for which `visit` said true */
async function visitEntries(
  home: string,
  visit: (runId: string, held: HeldLock | undefined) => boolean | Promise<boolean>,
): Promise<string[]> {
  if ((await runIdsIn(home)).length === 0) return [];
  using _register = await lockRegister(home);
  const found: string[] = [];
  for (const runId of await runIdsIn(home)) {
    using held = tryLock(entryFile(home, runId, 'lock'));
    if (await visit(runId, held)) found.push(runId);
  }
  return found;
}

async function runIdsIn(home: string): Promise<string[]> {
  const names = await readdir(seatsIn(home)).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  });
  return [...new Set(names.map((name) => parse(name).name))];
}

async function readKept(home: string, runId: string): Promise<KeptInstance | undefined> {
  try {
    return JSON.parse(await readFile(entryFile(home, runId, 'json'), 'utf8')) as KeptInstance;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The lock goes last: until then nobody can mistake the entry for a free one. */
async function removeEntry(home: string, runId: string): Promise<void> {
  for (const kind of ['draft', 'json', 'log', 'lock'] as const) {
    await rm(entryFile(home, runId, kind), { force: true });
  }
}

function seatsIn(home: string): string {
  return join(home, 'keepers');
}

function entryFile(home: string, runId: string, kind: 'lock' | 'json' | 'draft' | 'log'): string {
  return join(seatsIn(home), `${runId}.${kind}`);
}

async function lockRegister(home: string): Promise<HeldLock> {
  return lock(join(home, 'keepers.lock'));
}
