import type Dockerode from 'dockerode';
import type { Reach } from './reach.ts';

/** Which run a container belongs to. */
export const runLabel = 'drydock.run';

/** Where the server in a container listens. */
export const serverPort = '5432/tcp';

/** A container that was started. */
export class Container {
  readonly name: string;
  readonly #container: Dockerode.Container;
  readonly #reach: Pick<Reach, 'fromHere'>;

  constructor(name: string, container: Dockerode.Container, reach: Pick<Reach, 'fromHere'>) {
    this.name = name;
    this.#container = container;
    this.#reach = reach;
  }

  /** Where the server is reached from here; undefined once the container has ended. */
  async address(): Promise<{ host: string; port: number } | undefined> {
    const { NetworkSettings, State } = await this.#container.inspect();
    const bound = NetworkSettings.Ports?.[serverPort]?.[0]?.HostPort;
    if (!State.Running || !bound) return undefined;
    const joined = Object.entries(NetworkSettings.Networks).map(
      ([name, { IPAddress, GlobalIPv6Address }]) => [name, IPAddress || GlobalIPv6Address] as const,
    );
    return this.#reach.fromHere({ port: Number(bound), addresses: new Map(joined) });
  }

  /** What it last said, on both of its streams. */
  async lastLines(count: number): Promise<string> {
    const log = await this.#container.logs({ stdout: true, stderr: true, tail: count, follow: false });
    return withoutFrames(log).trim();
  }
}

/** Docker sends both streams as one, each piece with eight bytes before it of which the last four are its length. */
function withoutFrames(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; at += 8 + log.readUInt32BE(at + 4)) {
    pieces.push(log.subarray(at + 8, at + 8 + log.readUInt32BE(at + 4)));
  }
  return Buffer.concat(pieces).toString();
}
