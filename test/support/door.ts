import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A port that leads to a server, and can be shut: to its clients that is what the end of the server is. */
export class Door implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #isOpen = true;

  private constructor(listener: Server) {
    this.#listener = listener;
    this.port = (listener.address() as AddressInfo).port;
  }

  static async to(target: { host: string; port: number }): Promise<Door> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const door = new Door(listener);
    listener.on('connection', (client) => door.#lead(client, target));
    return door;
  }

  /** Cuts everybody off, and turns away whoever comes. */
  shut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  open(): void {
    this.#isOpen = true;
  }

  #lead(client: Socket, { host, port }: { host: string; port: number }): void {
    if (!this.#isOpen) {
      client.destroy();
      return;
    }
    const server = connect(port, host);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy()).on('close', () => this.#sockets.delete(socket));
      socket.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    this.#listener.close();
    await once(this.#listener, 'close');
  }
}
