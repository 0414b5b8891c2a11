import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const roomNeeded = 1024 ** 3;

/** A folder that the server's account may enter, removed at the end of its scope. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** In memory where there is room: clusters are a thousand small files each, and tests make many. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(await roomyFolder(), 'drydock-test-'));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function roomyFolder(): Promise<string> {
  const memory = '/dev/shm';
  return statfs(memory).then(
    ({ bavail, bsize }) => (bavail * bsize > roomNeeded ? memory : tmpdir()),
    () => tmpdir(),
  );
}
