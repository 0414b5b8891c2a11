import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and hands on the server's answers in pieces of so many bytes. */
export class ChoppingProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async before(target: { host: string; port: number }, size: number): Promise<ChoppingProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new ChoppingProxy(server);
    server.on('connection', (client) => proxy.#join(client.setNoDelay(), connect(target.port, target.host), size));
    return proxy;
  }

  #join(client: Socket, server: Socket, size: number): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    }
    client.pipe(server);
    let sent = Promise.resolve();
    server.on('data', (answer: Buffer) => {
      sent = sent.then(() => this.#send(client, answer, size));
    });
    client.on('close', () => server.destroy());
    server.on('close', () => void sent.then(() => client.destroy()));
  }

  /** Waits a turn after each piece, so that no two are read as one. */
  async #send(client: Socket, answer: Buffer, size: number): Promise<void> {
    for (let at = 0; at < answer.length; at += size) {
      client.write(answer.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
