import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { DrydockError, messageOf } from './errors.ts';

const retryMs = 5;
const sqliteBusy = 5;

/** A lock that the operating system gives back when its holder ends, however it ends. */
export interface HeldLock extends Disposable {
  readonly path: string;
}

/**
 * Takes the lock at `path` if nobody holds it, in this process or another.
 * SQLite does the locking: its lock file works alike on Linux, macOS and Windows, and kill -9 cannot leave it held.
 * @returns undefined when somebody else holds it
 */
export function tryLock(path: string): HeldLock | undefined {
  const database = openLockFile(path);
  try {
    database.exec('pragma journal_mode = off; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined;
    throw new DrydockError('LOCK_UNUSABLE', `Cannot lock ${path}: ${messageOf(error)}.`, { cause: error });
  }
  return { path, [Symbol.dispose]: () => database.close() };
}

/**
 * Waits for the lock at `path`.
 * @param options.timeoutMs after which it gives up with LOCK_TIMEOUT
 */
export async function lock(path: string, { timeoutMs = 30_000 } = {}): Promise<HeldLock> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const held = tryLock(path);
    if (held) return held;
    if (performance.now() > giveUpAt) {
      throw new DrydockError('LOCK_TIMEOUT', `Another process has held ${path} for over ${timeoutMs} ms.`, {
        hint: 'Wait for the other drydock command to finish, or end it.',
      });
    }
    await sleep(retryMs);
  }
}

function openLockFile(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path);
  } catch (error) {
    throw new DrydockError('LOCK_UNUSABLE', `Cannot open the lock file ${path}: ${messageOf(error)}.`, {
      hint: `Make ${dirname(path)} writable for this user.`,
      cause: error,
    });
  }
}
