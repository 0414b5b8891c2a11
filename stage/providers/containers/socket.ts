import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const systemSocket = '/var/run/docker.sock';

/**
 * The socket of the Docker engine, found as `docker` finds it: DOCKER_HOST, else the chosen context, else the system's,
 * else the user's own (rootless).
 * @throws PROVIDER_DOCKER_HOST when it is not a socket of this machine
 */
export async function engineSocket(env: Environment): Promise<string> {
  const { DOCKER_HOST, XDG_RUNTIME_DIR } = env;
  const address = DOCKER_HOST || (await addressOfContext(env));
  if (address) return socketPath(address);
  const rootless = XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, 'docker.sock');
  return rootless && !(await exists(systemSocket)) && (await exists(rootless)) ? rootless : systemSocket;
}

async function addressOfContext(env: Environment): Promise<string | undefined> {
  const folder = env['DOCKER_CONFIG'] ?? (env['HOME'] && join(env['HOME'], '.docker'));
  if (!folder) return undefined;
  const settings = await readJson<{ currentContext?: string }>(join(folder, 'config.json'));
  const name = env['DOCKER_CONTEXT'] || settings?.currentContext;
  if (!name || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const context = await readJson<{ Endpoints: { docker: { Host: string } } }>(
    join(folder, 'contexts', 'meta', id, 'meta.json'),
  );
  if (context) return context.Endpoints.docker.Host;
  throw new DrydockError('PROVIDER_DOCKER_HOST', `There is no Docker context ${name} in ${folder}.`, {
    hint: 'Choose one of `docker context ls`, with `docker context use NAME` or in DOCKER_CONTEXT.',
  });
}

/** Ports of a container are opened on the engine's machine, so the engine has to be on this one. */
function socketPath(address: string): string {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(address) ?? [];
  if (path) return path;
  throw new DrydockError('PROVIDER_DOCKER_HOST', `The Docker engine at ${address} is not a socket of this machine.`, {
    hint: 'Use an engine on this machine (DOCKER_HOST=unix:///…), or --provider remote for a server elsewhere.',
  });
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new DrydockError('PROVIDER_DOCKER_HOST', `Cannot read Docker's settings in ${file}.`, {
      hint: 'Correct the file, or name the engine in DOCKER_HOST.',
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
