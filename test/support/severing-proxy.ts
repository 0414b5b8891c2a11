import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between a client and a server, and severs every connection for good after so many messages of the client's: to
 * the server that is what a kill -9 of the client is.
 */
export class SeveringProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #limit: number;
  #messages = 0;

  private constructor(server: Server, limit: number) {
    this.#server = server;
    this.#limit = limit;
    this.port = (server.address() as AddressInfo).port;
  }

  static async before(target: { host: string; port: number }, limit: number): Promise<SeveringProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new SeveringProxy(server, limit);
    server.on('connection', (client) => proxy.#join(client, connect(target.port, target.host)));
    return proxy;
  }

  /** Whether the client got to its end before it was cut off. */
  get isWhole(): boolean {
    return this.#messages <= this.#limit;
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    }
    client.on('data', (message) => {
      this.#messages += 1;
      if (this.isWhole) server.write(message);
      else this.#sever();
    });
    server.on('data', (answer) => client.write(answer));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }

  #sever(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sever();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
