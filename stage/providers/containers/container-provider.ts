import { randomBytes } from 'node:crypto';
import { serverAccount } from '../account.ts';
import { openHome } from '../home.ts';
import type { Host } from '../host.ts';
import type { Instance, Provider, ProviderName, StartOrder } from '../provider.ts';
import { clear, clearAbandoned } from './clear.ts';
import type { Container } from './container.ts';
import { Engine } from './engine.ts';
import { instanceIn } from './instance-in.ts';
import { Seat } from './seat.ts';

export interface ContainerOptions {
  /** A Postgres image that takes the variables of the official one. */
  readonly image: string;
  /** The container's name at a fixed port; at any free port the run id is added, so that runs never meet. */
  readonly container: string;
  /** A network that is there; without it, or as `bridge`, Docker's own or that of the container which Drydock runs in. */
  readonly network?: string;
  /** Where the data is kept instead of in memory; named as the container is, made for the run and removed with it. */
  readonly volume?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a container is made from. The password is the first one, which the instance replaces. */
export interface Making {
  readonly order: StartOrder;
  readonly options: ContainerOptions;
  readonly engine: Engine;
  readonly password: string;
}

/**
 * A provider whose Postgres runs in a container.
 * @param make makes the container, with the labels of its run; whatever becomes of it, it is found by them and removed
 */
export function containerProvider(
  name: ProviderName,
  host: Host,
  options: ContainerOptions,
  make: (making: Making) => Promise<Container>,
): Provider {
  return {
    name,
    async start(order): Promise<Instance> {
      const { home, runId, signal, note } = order;
      signal?.throwIfAborted();
      await using undo = new AsyncDisposableStack();
      const engine = undo.use(await Engine.open(options.env));
      await openHome(home, host, await serverAccount(host));
      await clearAbandoned(engine, note);
      await engine.provideImage(options.image, order);
      signal?.throwIfAborted();

      const seat = await Seat.take(home, runId);
      undo.defer(async () => void (await clear(engine, seat, home)));
      const password = randomBytes(24).toString('base64url');
      const container = await make({ order, options, engine, password });
      return await instanceIn(container, { provider: name, order, password }, undo);
    },
  };
}
