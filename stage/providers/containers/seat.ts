import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import { lock, tryLock, type HeldLock } from '../../../ops/lock.ts';

/**
 * An owner's place in `HOME/containers`: RUNID.lock is held for as long as the owner of the run's containers lives. One
 * whose lock is free belongs to nobody, and so do its containers. Seats come and go under the register's lock only.
 */
export class Seat {
  readonly runId: string;
  readonly #home: string;
  #held: HeldLock | undefined;

  private constructor(home: string, runId: string, held: HeldLock) {
    this.#home = home;
    this.runId = runId;
    this.#held = held;
  }

  /** @throws PROVIDER_RUN_ID, PROVIDER_INSTANCE_EXISTS */
  static async take(home: string, runId: string): Promise<Seat> {
    if (!/^\w[\w.-]{0,99}$/.test(runId)) {
      throw new DrydockError('PROVIDER_RUN_ID', `The run id ${JSON.stringify(runId)} cannot name a container.`, {
        hint: 'Use up to 100 letters, digits, dots, dashes and underscores, starting with a letter or digit.',
      });
    }
    await mkdir(seatsIn(home), { recursive: true, mode: 0o700 });
    using _register = await lockRegister(home);
    if (!(await runsIn(home)).includes(runId)) return new Seat(home, runId, tryLock(lockFile(home, runId))!);
    throw new DrydockError('PROVIDER_INSTANCE_EXISTS', `There is an instance of run ${runId} already.`, {
      hint: 'Take it down with `drydock down`, or use another run id.',
    });
  }

  /** The runs that have a seat, whether its owner lives or not. */
  static runs(home: string): Promise<string[]> {
    return runsIn(home);
  }

  /** Takes over the seats whose owners are gone. */
  static async takeOverDead(home: string): Promise<Seat[]> {
    if ((await runsIn(home)).length === 0) return [];
    using _register = await lockRegister(home);
    return (await runsIn(home)).flatMap((runId) => {
      const held = tryLock(lockFile(home, runId));
      return held ? [new Seat(home, runId, held)] : [];
    });
  }

  /** Gives the place up: nothing is left that would need it. */
  async remove(): Promise<void> {
    using _register = await lockRegister(this.#home);
    await rm(lockFile(this.#home, this.runId));
    this.release();
  }

  /** Lets go of the place as it is: the next sweep finds it. */
  release(): void {
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }
}

async function runsIn(home: string): Promise<string[]> {
  const names = await readdir(seatsIn(home)).catch((error: unknown) => {
    // a home that is no folder is for the provider to refuse, with a way out
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.lock')).map((name) => parse(name).name);
}

function seatsIn(home: string): string {
  return join(home, 'containers');
}

function lockFile(home: string, runId: string): string {
  return join(seatsIn(home), `${runId}.lock`);
}

async function lockRegister(home: string): Promise<HeldLock> {
  return lock(join(home, 'containers.lock'));
}
