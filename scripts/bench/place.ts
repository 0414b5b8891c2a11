import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostOf } from '../../stage/providers/index.ts';

export const host = hostOf(process);

/** A folder of the bench's own that the server's account may enter. BENCH_DIR chooses the file system. */
export async function benchFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'drydock-bench-'));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
