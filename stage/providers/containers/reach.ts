import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerOptions } from 'dockerode';
import { freePort } from '../port.ts';
import type { EngineAddress } from './address.ts';
import { forwardOverSsh, socketOverSsh } from './ssh.ts';

export const loopback = '127.0.0.1';

/** How an engine is spoken to, and how the ports of its containers are reached from here. */
export interface Reach extends AsyncDisposable {
  /** In the words of dockerode. What it finds in the environment by itself is taken out. */
  readonly options: DockerOptions;
  /** Where on the engine's machine containers open their ports. */
  readonly bindTo: string;
  /** Where such a port is reached from here. */
  fromHere(port: number): Promise<{ readonly host: string; readonly port: number }>;
}

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
    fromHere: async (port) => ({ host: loopback, port }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** An engine on another machine opens ports there: on every interface, since nobody here knows which of them leads to us. */
function overTcp({ host, port, tls }: Extract<EngineAddress, { kind: 'tcp' }>): Reach {
  const options = { ...nothingOfItsOwn, host, port, protocol: tls ? ('https' as const) : ('http' as const), ...tls };
  if (['localhost', loopback, '[::1]'].includes(host)) return onThisMachine(options);
  return {
    options,
    bindTo: '0.0.0.0',
    fromHere: async (opened) => ({ host, port: opened }),
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
    fromHere: async (port) => {
      const here = led.get(port) ?? lead(port);
      led.set(port, here);
      return { host: loopback, port: await here };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
