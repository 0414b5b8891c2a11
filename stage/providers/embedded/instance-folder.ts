import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { lock, tryLock, type HeldLock } from '../../../ops/lock.ts';
import type { Account } from '../account.ts';
import type { InstanceAddress } from '../provider.ts';
import { namesIn } from './made-once.ts';
import { ownedFolder } from './template.ts';

const lockName = 'lock';

/**
 * Where one instance lives: `HOME/instances/RUNID`. Its owner holds the lock in it for as long as it lives;
 * a folder whose lock is free belongs to nobody. Folders and locks come and go under the register's lock only.
 */
export class InstanceFolder implements AsyncDisposable {
  readonly runId: string;
  readonly path: string;
  readonly #home: string;
  #held: HeldLock | undefined;

  private constructor(home: string, runId: string, held: HeldLock) {
    this.#home = home;
    this.runId = runId;
    this.path = folderOf(home, runId);
    this.#held = held;
  }

  /**
   * Makes the folder of a new instance.
   * @throws DrydockError PROVIDER_RUN_ID, PROVIDER_INSTANCE_EXISTS
   */
  static async create(home: string, runId: string): Promise<InstanceFolder> {
    requireName(runId);
    const path = folderOf(home, runId);
    await mkdir(instancesIn(home), { recursive: true, mode: 0o711 });
    using _register = await lockRegister(home);
    await mkdir(path, { mode: 0o711 }).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? alreadyThere(runId, path) : error;
    });
    // Nobody else tries a lock without holding the register, so this one is free.
    return new InstanceFolder(home, runId, tryLock(join(path, lockName))!);
  }

  /** Takes over the folders whose owners are gone. */
  static async takeOverDead(home: string): Promise<InstanceFolder[]> {
    if ((await namesIn(instancesIn(home))).length === 0) return [];
    using _register = await lockRegister(home);
    return (await namesIn(instancesIn(home))).flatMap((runId) => {
      const held = tryLock(join(folderOf(home, runId), lockName));
      return held ? [new InstanceFolder(home, runId, held)] : [];
    });
  }

  get dataDirectory(): string {
    return join(this.path, 'data');
  }

  get logDirectory(): string {
    return join(this.path, 'log');
  }

  /** Makes the two folders that the server writes to. */
  async furnish(account: Account): Promise<void> {
    await ownedFolder(this.dataDirectory, account);
    await ownedFolder(this.logDirectory, account);
  }

  /** Writes down where the instance answers, for `status`, `url` and the like. */
  async announce(address: InstanceAddress): Promise<void> {
    await writeFile(addressFile(this.path), JSON.stringify(address, undefined, 2) + '\n', { mode: 0o600 });
  }

  /** Removes the folder, its lock last: until then nobody can mistake it for a free one. */
  async remove(): Promise<void> {
    try {
      for (const name of await readdir(this.path)) {
        // Where only the postmaster can be told from strangers, its log collector may add a file while we remove.
        const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };
        // for the 1,400 files of a cluster a third of the time of the asynchronous one
        if (name !== lockName) rmSync(join(this.path, name), options);
      }
      using _register = await lockRegister(this.#home);
      await rm(this.path, { recursive: true });
    } finally {
      this.release();
    }
  }

  /** Lets go of the folder as it is: the next sweep will find it. */
  release(): void {
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

/** Where the living instances of this home answer. One that is still starting is not listed. */
export async function livingInstances(home: string): Promise<InstanceAddress[]> {
  if ((await namesIn(instancesIn(home))).length === 0) return [];
  using _register = await lockRegister(home);
  const living = (await namesIn(instancesIn(home))).filter((runId) => isHeld(join(folderOf(home, runId), lockName)));
  const addresses = await Promise.all(living.map((runId) => readAddress(folderOf(home, runId))));
  return addresses.filter((address) => address !== undefined);
}

function isHeld(path: string): boolean {
  using free = tryLock(path);
  return free === undefined;
}

async function readAddress(folder: string): Promise<InstanceAddress | undefined> {
  try {
    return JSON.parse(await readFile(addressFile(folder), 'utf8')) as InstanceAddress;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function instancesIn(home: string): string {
  return join(home, 'instances');
}

function folderOf(home: string, runId: string): string {
  return join(instancesIn(home), runId);
}

function addressFile(folder: string): string {
  return join(folder, 'instance.json');
}

async function lockRegister(home: string): Promise<HeldLock> {
  return lock(join(home, 'instances.lock'));
}

function requireName(runId: string): void {
  if (/^\w[\w.-]{0,99}$/.test(runId)) return;
  throw new DrydockError('PROVIDER_RUN_ID', `The run id ${JSON.stringify(runId)} cannot name a folder.`, {
    hint: 'Use up to 100 letters, digits, dots, dashes and underscores, starting with a letter or digit.',
  });
}

function alreadyThere(runId: string, path: string): DrydockError {
  return new DrydockError('PROVIDER_INSTANCE_EXISTS', `There is an instance of run ${runId} already, in ${path}.`, {
    hint: 'Take it down with `drydock down`, or use another run id.',
  });
}
