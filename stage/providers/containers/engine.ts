import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { DrydockError, messageOf } from '../../../ops/errors.ts';
import type { StartOrder } from '../provider.ts';
import { Container, runLabel, serverPort } from './container.ts';
import { addressInWords, engineAddress } from './address.ts';
import { beingRemoved, gone, nameConflict, notRunning, statusOf, unless } from './answers.ts';
import { ownContainer, type OwnContainer } from './own-container.ts';
import { bridge, fromContainer, reach, type Reach } from './reach.ts';
import { makeVolume, refuseTaken, removeVolumes } from './volumes.ts';

export interface ContainerOrder {
  readonly name: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  /** A fixed port; any free one without it. */
  readonly port?: number | undefined;
  /** Where the image keeps its data: in memory, or in a volume of this name that is made for it; gone with the container. */
  readonly dataFolder: string;
  readonly volume?: string | undefined;
  readonly healthCheck: readonly string[];
}

/** A container as a list of them shows it. */
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly run: string;
  readonly isRunning: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

const second = 1_000_000_000; // Docker counts in nanoseconds
const stopPatienceS = 2;
const sharedMemory = 256 * 1024 * 1024; // the default of 64 MB is too little for parallel queries

/** A Docker engine, as far as a staging needs one. */
export class Engine implements AsyncDisposable {
  readonly #docker: Dockerode;
  readonly #reach: Reach;
  /** The container of this engine that we run in, if we do. */
  readonly own: OwnContainer | undefined;

  private constructor(docker: Dockerode, reached: Reach, own: OwnContainer | undefined) {
    this.#docker = docker;
    this.#reach = reached;
    this.own = own;
  }

  /** @throws PROVIDER_DOCKER_HOST, PROVIDER_DOCKER_UNREACHABLE */
  static async open(env: Readonly<Record<string, string | undefined>>): Promise<Engine> {
    const address = await engineAddress(env);
    const { default: Docker } = await import('dockerode'); // takes a while to load, and only this provider needs it
    await using undo = new AsyncDisposableStack();
    const reached = undo.use(await reach(address));
    const docker = new Docker(reached.options);
    await docker.ping().catch((cause: unknown) => {
      throw new DrydockError(
        'PROVIDER_DOCKER_UNREACHABLE',
        `No Docker engine answers at ${addressInWords(address)}: ${messageOf(cause)}.`,
        { hint: 'Start Docker, or name its address in DOCKER_HOST. --provider embedded needs no Docker.', cause },
      );
    });
    const own = address.kind === 'socket' ? await ownContainer(docker) : undefined;
    undo.move();
    return new Engine(docker, own?.networks ? fromContainer(reached, own.networks) : reached, own);
  }

  /** Where on the engine's machine containers open their ports. */
  get bindTo(): string {
    return this.#reach.bindTo;
  }

  /** The network that a container joins. @param named what somebody has named; Docker's own is nobody's choice */
  networkFor(named = bridge): string {
    return named === bridge ? this.#reach.network : named;
  }

  /** Lets go of the way to the engine; the containers stay as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reach[Symbol.asyncDispose]();
  }

  /**
   * Makes sure that the image is here, pulling it when it is not.
   * @throws PROVIDER_IMAGE_MISSING, or the reason of the signal, which ends a pull
   */
  async provideImage(image: string, { note, signal }: Pick<StartOrder, 'note' | 'signal'>): Promise<void> {
    if (await this.#hasImage(image)) return;
    note?.(`pulling ${image}`);
    try {
      await this.#pull(image, { note, signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new DrydockError('PROVIDER_IMAGE_MISSING', `The image ${image} is not here and cannot be pulled.`, {
        hint: `Without a registry bring it along: docker save ${image} elsewhere, docker load here. ${messageOf(cause)}`,
        cause,
      });
    }
  }

  /** Makes and starts a container; when that fails, what was made of it is still there, under its labels. */
  async run(order: ContainerOrder): Promise<Container> {
    const container = await this.#create(order);
    await container.start().catch((cause: unknown) => {
      throw new DrydockError(
        'PROVIDER_CONTAINER_FAILED',
        `The container ${order.name} does not start: ${messageOf(cause)}`,
        { hint: 'When its port is taken, `docker ps` names who has it; or choose another.', cause },
      );
    });
    return new Container(order.name, container, this.#reach);
  }

  /** Removes every container with these labels, running or not, and every volume. @returns how many were running */
  async removeLabelled(labels: Readonly<Record<string, string>>): Promise<number> {
    const found = await this.listLabelled(labels);
    await Promise.all(found.map(({ id }) => this.#remove(id)));
    await removeVolumes(this.#docker, labels);
    return found.filter(({ isRunning }) => isRunning).length;
  }

  /** Whether a container of this id is running. */
  async runs(id: string): Promise<boolean> {
    const found = await this.#docker.getContainer(id).inspect().catch(unless(gone));
    return found?.State.Running ?? false;
  }

  /** The one container with these labels. @throws PROVIDER_CONTAINER_FAILED when somebody has removed it already */
  async labelled(labels: Readonly<Record<string, string>>): Promise<Container> {
    const [found] = await this.listLabelled(labels);
    if (found) return new Container(found.name, this.#docker.getContainer(found.id), this.#reach);
    const names = Object.values(labels).join(', ');
    throw new DrydockError('PROVIDER_CONTAINER_FAILED', `The container of ${names} was removed as it started.`);
  }

  /** @throws PROVIDER_NAME_TAKEN when there is a volume of that name */
  async refuseVolume(name: string): Promise<void> {
    await refuseTaken(this.#docker, name);
  }

  /** @param labels where one is undefined it may say anything, but has to be there */
  async listLabelled(labels: Readonly<Record<string, string | undefined>>): Promise<Listed[]> {
    const filters = {
      label: Object.entries(labels).map(([key, value]) => (value === undefined ? key : `${key}=${value}`)),
    };
    const found = await this.#docker.listContainers({ all: true, filters });
    return found.map(({ Id, Names, State, Labels }) => ({
      id: Id,
      name: Names[0]?.slice(1) ?? Id,
      run: Labels[runLabel] ?? '',
      isRunning: State === 'running',
      labels: Labels,
    }));
  }

  async #hasImage(image: string): Promise<boolean> {
    return this.#docker
      .getImage(image)
      .inspect()
      .then(() => true)
      .catch(unless(gone))
      .then((found) => found ?? false);
  }

  async #pull(image: string, { note, signal }: Pick<StartOrder, 'note' | 'signal'>): Promise<void> {
    const stream = (await this.#docker.pull(image, { abortSignal: signal })) as Readable;
    const finished = new Promise<void>((resolve, reject) => {
      this.#docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        ({ id, status }: { id?: string; status?: string }) => {
          // a line per finished layer, not one per kilobyte
          if (status === 'Pull complete') note?.(`pulling ${image}: ${id} complete`);
        },
      );
    });
    using _abort = addAbortListener(signal ?? new AbortController().signal, () => stream.destroy(new Error('aborted')));
    await finished;
  }

  /** @throws PROVIDER_NAME_TAKEN */
  async #create(order: ContainerOrder): Promise<Dockerode.Container> {
    const { name, image, env, command, labels, network, port, dataFolder, volume, healthCheck } = order;
    if (volume) await makeVolume(this.#docker, volume, labels);
    try {
      return await this.#docker.createContainer({
        name,
        Image: image,
        Cmd: [...command],
        Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
        Labels: { ...labels },
        ExposedPorts: { [serverPort]: {} },
        StopSignal: 'SIGINT', // a fast shutdown; SIGTERM would wait for the sessions to end by themselves
        Healthcheck: {
          Test: [...healthCheck],
          Interval: 10 * second,
          Timeout: 5 * second,
          Retries: 5,
          StartPeriod: 30 * second,
        },
        HostConfig: {
          NetworkMode: network,
          PortBindings: { [serverPort]: [{ HostIp: this.bindTo, HostPort: port === undefined ? '' : String(port) }] },
          ...(volume
            ? { Mounts: [{ Type: 'volume', Source: volume, Target: dataFolder }] }
            : { Tmpfs: { [dataFolder]: '' } }),
          ShmSize: sharedMemory,
        },
      });
    } catch (cause) {
      if (statusOf(cause) === nameConflict) throw await this.#nameTaken(name, cause);
      throw new DrydockError('PROVIDER_CONTAINER_FAILED', `Cannot make ${name}: ${messageOf(cause)}`, { cause });
    }
  }

  /** A container of the same name is somebody's: it is named, and never touched. */
  async #nameTaken(name: string, cause: unknown): Promise<DrydockError> {
    const holder = await this.#docker.getContainer(name).inspect();
    const run = holder.Config.Labels?.[runLabel];
    const whose = run ? `belongs to run ${run}` : 'was not made by Drydock';
    return new DrydockError('PROVIDER_NAME_TAKEN', `The container ${name} is there already and ${whose}.`, {
      hint: run
        ? 'Take it down with `drydock down`, or wait for that run to end.'
        : `Remove it (docker rm -f ${name}) if nobody needs it, or choose another providers.docker.container.`,
      cause,
    });
  }

  /** Ends the server as Postgres wants it, so that its sessions are told; gone already is as good as removed. */
  async #remove(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    await container.stop({ t: stopPatienceS }).catch(unless(notRunning, gone));
    await container.remove({ force: true, v: true }).catch(unless(gone, beingRemoved));
  }
}
