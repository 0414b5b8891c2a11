import { statfsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostOf } from '../../stage/providers/index.ts';

const roomNeeded = 1024 ** 3;

export const host = hostOf(process);

/** One home for stagings of the whole suite, so that initdb runs once; every instance in it has a folder of its own. */
export const testHome = join(roomyFolder(), `drydock-test-${host.uid}`);

/** A folder that the server's account may enter, removed at the end of its scope. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** In memory where there is room: clusters are a thousand small files each, and tests make many. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(roomyFolder(), 'drydock-test-'));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function roomyFolder(): string {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize > roomNeeded ? memory : tmpdir();
  } catch {
    return tmpdir(); // no such file system here
  }
}
