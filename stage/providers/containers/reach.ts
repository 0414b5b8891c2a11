import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';
import { DrydockError } from '../../../ops/errors.ts';
import { freePort } from '../port.ts';
import type { EngineAddress } from './address.ts';
import { serverPort } from './container.ts';
import { forwardOverSsh, socketOverSsh } from './ssh.ts';

export const loopback = '127.0.0.1';

/** How an engine is spoken to, and how the ports of its containers are reached from here. */
export interface Reach extends AsyncDisposable {
  /** In the words of dockerode. What it finds in the environment by itself is taken out. */
  readonly options: DockerOptions;
  /** Where on the engine's machine containers open their ports. */
  readonly bindTo: string;
  /** The network that containers join where nobody names one. */
  readonly network: string;
  /** Where the server in a container is reached from here. */
  fromHere(opened: Opened): Promise<{ readonly host: string; readonly port: number }>;
}

/** Where the server in a container listens. */
export interface Opened {
  /** On the engine's machine. */
  readonly port: number;
  /** The container's own addresses, by network. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** Docker's own network. */
export const bridge = 'bridge';

const nothingOfItsOwn: DockerOptions = {
  host: undefined,
  port: undefined,
  protocol: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
};

/** @throws PROVIDER_DOCKER_UNREACHABLE when there is no way to it over ssh */
export async function reach(address: EngineAddress): Promise<Reach> {
  if (address.kind === 'socket') return onThisMachine({ ...nothingOfItsOwn, socketPath: address.path });
  return address.kind === 'tcp' ? overTcp(address) : overSsh(address);
}

function onThisMachine(options: DockerOptions): Reach {
  return {
    options,
    bindTo: loopback,
    network: bridge,
    fromHere: async ({ port }) => ({ host: loopback, port }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * From a container of the same engine: we meet on a network that both are on, and nothing has to be opened for that.
 * @param networks those that we are on
 */
export function fromContainer(reached: Reach, networks: readonly string[]): Reach {
  const fromHere = async ({ addresses }: Opened) => {
    const shared = networks.find((name) => addresses.has(name));
    if (shared !== undefined) return { host: addresses.get(shared)!, port: Number.parseInt(serverPort) };
    const [theirs, ours] = [[...addresses.keys()], networks].map((names) => names.join(', '));
    throw new DrydockError(
      'PROVIDER_DOCKER_NETWORK',
      `The staging is on the network ${theirs}, and the container that Drydock runs in on ${ours}.`,
      { hint: 'Start that container with --network of the same name, or leave providers.docker.network out.' },
    );
  };
  return { ...reached, network: networks.includes(bridge) ? bridge : (networks[0] ?? bridge), fromHere };
}

/** An engine on another machine opens ports there: on every interface, since nobody here knows which of them leads to us. */
function overTcp({ host, port, tls }: Extract<EngineAddress, { kind: 'tcp' }>): Reach {
  const options = { ...nothingOfItsOwn, host, port, protocol: tls ? ('https' as const) : ('http' as const), ...tls };
  if (['localhost', loopback, '[::1]'].includes(host)) return onThisMachine(options);
  return {
    options,
    bindTo: '0.0.0.0',
    network: bridge,
    fromHere: async ({ port: opened }) => ({ host, port: opened }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Over ssh nothing opens to a network: its socket and each port is led here, to a socket and ports of this machine. */
async function overSsh(address: Extract<EngineAddress, { kind: 'ssh' }>): Promise<Reach> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'drydock-ssh-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const socketPath = join(folder, 'docker.sock');
  undo.use(await forwardOverSsh(address, socketPath, await socketOverSsh(address)));
  const led = new Map<number, Promise<number>>();
  const held = undo.move();
  const lead = async (port: number) => {
    const here = await freePort();
    held.use(await forwardOverSsh(address, `${loopback}:${here}`, `${loopback}:${port}`));
    return here;
  };
  return {
    options: { ...nothingOfItsOwn, socketPath },
    bindTo: loopback,
    network: bridge,
    fromHere: async ({ port }) => {
      const here = led.get(port) ?? lead(port);
      led.set(port, here);
      return { host: loopback, port: await here };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
