import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for instances and caches, outside every project: DRYDOCK_HOME, else the user's cache.
 * Root gets one that the unprivileged account which runs Postgres can enter.
 */
export function drydockHome(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env['DRYDOCK_HOME']) return env['DRYDOCK_HOME'];
  if (uid === 0) return join('/var/tmp', 'drydock-0');
  const cache = env['XDG_CACHE_HOME'] || join(homedir() || tmpdir(), '.cache');
  return join(cache, 'drydock');
}
