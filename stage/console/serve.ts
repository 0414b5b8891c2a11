import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { getRequestListener } from '@hono/node-server';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { consoleApp } from './app.ts';
import { Desk } from './desk.ts';
import type { ConsoleParts } from './parts.ts';

export interface ConsoleAddress {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** How browsers reach it, where a proxy stands before it. */
  readonly origin: string | undefined;
}

export interface RunningConsole extends AsyncDisposable {
  readonly origin: string;
}

/**
 * Listens, until it is disposed.
 * @param partsAt what the console works with, when it is known how it is reached
 * @throws CONSOLE_PORT, USAGE_CONSOLE
 */
export async function serveConsole(
  { host, port, origin: given }: ConsoleAddress,
  partsAt: (origin: string) => ConsoleParts,
): Promise<RunningConsole> {
  const named = given === undefined ? undefined : originOf(given);
  // slow headers, slow bodies and idle connections end by themselves
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 5_000 });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => close(server));
  await listen(server, host, port);
  const address = server.address() as { port: number };
  const origin = named ?? `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  const desk = opened.use(new Desk(partsAt(origin)));
  server.on('request', getRequestListener(consoleApp(desk).fetch));
  const running = opened.move();
  return {
    origin,
    async [Symbol.asyncDispose]() {
      close(server); // before the desk goes that its requests are answered from
      await running.disposeAsync();
    },
  };
}

/** With a path it would be none: every address of the console begins at the root. */
function originOf(given: string): string {
  const url = URL.parse(given);
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new DrydockError('USAGE_CONSOLE', `"${given}" is not how a browser reaches a site.`, {
    hint: 'Write scheme, name and, where it is not the usual one, port: https://drydock.example:8443.',
  });
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const isAddress = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EINVAL'].includes(codeOf(error) ?? '');
    throw new DrydockError('CONSOLE_PORT', `Cannot listen on ${host}:${port}: ${codeOf(error)}.`, {
      hint: isAddress
        ? 'Name an address of this machine with --host, or 0.0.0.0 for all of them.'
        : 'Name another with --port; "any" takes any that is free.',
      cause: error,
    });
  }
}
