import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { codeOf, DrydockError } from '../../ops/errors.ts';

const loopback = '127.0.0.1';
const attempts = 5;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  await using listener = createServer();
  return await listenOn(listener, 0);
}

/**
 * Starts something on a port of its own choosing. Between choosing a port and binding it anybody may take it;
 * a start that fails and finds its port taken is therefore repeated on another.
 * @param choose how to find a port
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>, choose = freePort): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choose();
    try {
      return await start(port);
    } catch (error) {
      if (attempt === attempts || !(await isTaken(port))) throw error;
    }
  }
}

/** @throws DrydockError PROVIDER_PORT_TAKEN */
export async function requireFree(port: number): Promise<void> {
  if (!(await isTaken(port))) return;
  throw new DrydockError('PROVIDER_PORT_TAKEN', `Port ${port} on ${loopback} is in use by another program.`, {
    hint: `End it (\`lsof -i :${port}\` names it), or choose another port.`,
  });
}

/** Whether nobody listens on the port of this machine. */
export async function isFree(port: number): Promise<boolean> {
  return !(await isTaken(port));
}

async function isTaken(port: number): Promise<boolean> {
  await using listener = createServer();
  return await listenOn(listener, port).then(
    () => false,
    (error: unknown) => {
      if (codeOf(error) === 'EADDRINUSE') return true;
      throw error;
    },
  );
}

async function listenOn(listener: ReturnType<typeof createServer>, port: number): Promise<number> {
  listener.listen(port, loopback);
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}
