import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../../ops/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a Docker engine listens. */
export type EngineAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls | undefined }
  /** `[USER@]HOST`, as `ssh` takes it, and its port where that is not what ssh's own settings say. */
  | { readonly kind: 'ssh'; readonly destination: string; readonly port?: string | undefined };

/** An engine's certificates as `docker` keeps them: without a certificate of ours we only look at the engine's. */
export interface EngineTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const systemSocket = '/var/run/docker.sock';
const tlsPort = 2376;

/**
 * Where the Docker engine listens, found as `docker` finds it: DOCKER_HOST, else the chosen context, else the system's
 * socket, else the user's own (rootless).
 * @throws PROVIDER_DOCKER_HOST
 */
export async function engineAddress(env: Environment): Promise<EngineAddress> {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, XDG_RUNTIME_DIR, HOME } = env;
  if (DOCKER_HOST) {
    const certificates = DOCKER_CERT_PATH || (DOCKER_TLS_VERIFY && HOME ? join(HOME, '.docker') : undefined);
    return parseAddress(DOCKER_HOST, certificates);
  }
  const context = await chosenContext(env);
  if (context) return parseAddress(context.address, context.certificates);
  const rootless = XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, 'docker.sock');
  const isRootless = rootless && !(await exists(systemSocket)) && (await exists(rootless));
  return { kind: 'socket', path: isRootless ? rootless : systemSocket };
}

/** An address for people. */
export function addressInWords(address: EngineAddress): string {
  if (address.kind === 'socket') return address.path;
  return address.kind === 'tcp' ? `${address.host}:${address.port}` : `ssh://${address.destination}`;
}

async function chosenContext(env: Environment): Promise<{ address: string; certificates: string } | undefined> {
  const folder = env['DOCKER_CONFIG'] ?? (env['HOME'] && join(env['HOME'], '.docker'));
  if (!folder) return undefined;
  const settings = await readJson<{ currentContext?: string }>(join(folder, 'config.json'));
  const name = env['DOCKER_CONTEXT'] || settings?.currentContext;
  if (!name || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const context = await readJson<{ Endpoints: { docker: { Host: string } } }>(
    join(folder, 'contexts', 'meta', id, 'meta.json'),
  );
  if (context) {
    return { address: context.Endpoints.docker.Host, certificates: join(folder, 'contexts', 'tls', id, 'docker') };
  }
  throw new DrydockError('PROVIDER_DOCKER_HOST', `There is no Docker context ${name} in ${folder}.`, {
    hint: 'Choose one of `docker context ls`, with `docker context use NAME` or in DOCKER_CONTEXT.',
  });
}

async function parseAddress(address: string, certificates: string | undefined): Promise<EngineAddress> {
  const url = URL.parse(address);
  const isBare = url?.pathname === '' || url?.pathname === '/';
  if (url?.protocol === 'unix:' && !url.host && !isBare) return { kind: 'socket', path: url.pathname };
  if (url?.protocol === 'tcp:' && url.hostname && url.port && isBare) {
    const tls = certificates ? await readCertificates(certificates) : undefined;
    const isEncrypted = tls?.ca ?? tls?.cert ?? Number(url.port) === tlsPort;
    return { kind: 'tcp', host: url.hostname, port: Number(url.port), ...(isEncrypted && { tls: tls ?? {} }) };
  }
  if (url?.protocol === 'ssh:' && url.hostname && !url.password && isBare) {
    const destination = url.username ? `${decodeURIComponent(url.username)}@${url.hostname}` : url.hostname;
    return { kind: 'ssh', destination, ...(url.port && { port: url.port }) };
  }
  throw new DrydockError('PROVIDER_DOCKER_HOST', `${address} is no address of a Docker engine.`, {
    hint: 'Write unix:///PATH, tcp://HOST:PORT or ssh://[USER@]HOST in DOCKER_HOST or in the context.',
  });
}

async function readCertificates(folder: string): Promise<EngineTls> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readText(join(folder, name))),
  );
  return { ca, cert, key };
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    const text = await readText(file);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch (error) {
    throw new DrydockError('PROVIDER_DOCKER_HOST', `Cannot read Docker's settings in ${file}.`, {
      hint: 'Correct the file, or name the engine in DOCKER_HOST.',
      cause: error,
    });
  }
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
