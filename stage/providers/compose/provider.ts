import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { serverAccount } from '../account.ts';
import { clear, clearAbandoned, labelsOf, nameFor, tagsOf } from '../containers/clear.ts';
import { Engine } from '../containers/engine.ts';
import { instanceIn } from '../containers/instance-in.ts';
import { Seat } from '../containers/seat.ts';
import { openHome } from '../home.ts';
import type { Host } from '../host.ts';
import type { Instance, Provider, StartOrder } from '../provider.ts';
import { compose } from './program.ts';

export interface ComposeOptions {
  readonly image: string;
  /** The container's name at a fixed port; at any free port the run id is added, so that runs never meet. */
  readonly container: string;
  /** A network that is there; without it, or as `bridge`, Docker's own or that of the container which Drydock runs in. */
  readonly network?: string;
  /** Where the data is kept instead of in memory; named as the container is, made for the run and removed with it. */
  readonly volume?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const file = (name: string) => fileURLToPath(new URL(`../../../ops/stage/${name}`, import.meta.url));
const composeFile = file('docker-compose.yml');
/** Laid over the other, it keeps the data in a volume. */
const volumeFile = file('docker-compose.volume.yml');

/** Runs the Postgres of ops/stage/docker-compose.yml, which people can also run by hand. */
export function composeProvider(host: Host, options: ComposeOptions): Provider {
  return { name: 'compose', start: (order) => startByCompose(order, host, options) };
}

/** Compose makes the container; found by its labels, it is waited for and removed like any other. */
async function startByCompose(order: StartOrder, host: Host, options: ComposeOptions): Promise<Instance> {
  const { home, runId, signal } = order;
  signal?.throwIfAborted();
  await using undo = new AsyncDisposableStack();
  const engine = undo.use(await Engine.open(options.env));
  await openHome(home, host, await serverAccount(host));
  await clearAbandoned(engine, order.note);
  await engine.provideImage(options.image, order);
  signal?.throwIfAborted();

  const seat = await Seat.take(home, runId);
  undo.defer(async () => void (await clear(engine, seat, home)));
  const password = randomBytes(24).toString('base64url');
  const env = { ...options.env, ...variablesOf(order, options, engine, password) };
  // `up` would replace a container of that name when it is of the same project; the run id keeps projects apart
  const volume = options.volume && nameFor(order, options.volume);
  if (volume) await engine.refuseVolume(volume);
  const files = [composeFile, ...(volume ? [volumeFile] : [])].flatMap((name) => ['--file', name]);
  const args = [...files, '--project-name', projectName(runId), 'up', '--detach', '--no-build'];
  await compose(args, env);
  signal?.throwIfAborted();
  const container = await engine.labelled(labelsOf(home, runId));
  return await instanceIn(container, { provider: 'compose', order, password }, undo);
}

/** What the file leaves open. An empty port is any free one. */
function variablesOf(
  order: StartOrder,
  { image, container, network, volume }: ComposeOptions,
  engine: Engine,
  password: string,
) {
  const { runId, home, admin, port, settings = {} } = order;
  const tags = tagsOf(order, engine);
  return {
    DRYDOCK_IMAGE: image,
    DRYDOCK_CONTAINER: nameFor(order, container),
    DRYDOCK_VOLUME: volume && nameFor(order, volume),
    DRYDOCK_SETTINGS: Object.entries(settings).map(settingArgument).join(' '),
    DRYDOCK_BIND: engine.bindTo,
    DRYDOCK_NETWORK: engine.networkFor(network),
    DRYDOCK_RUN: runId,
    DRYDOCK_RUN_OWNER: tags['drydock.owner'],
    DRYDOCK_RUN_EXPIRES: tags['drydock.expires'],
    DRYDOCK_RUN_HOME: home,
    DRYDOCK_RUN_MACHINE: tags['drydock.machine'],
    DRYDOCK_RUN_OWNER_CONTAINER: tags['drydock.owner-container'],
    PGUSER: admin,
    PGPASSWORD: password,
    PGPORT: port === undefined ? '' : String(port),
  };
}

/** Compose splits the command line as a shell does. */
function settingArgument([name, value]: [string, string]): string {
  return `-c '${`${name}=${value}`.replaceAll("'", `'"'"'`)}'`;
}

/** Compose takes small letters, digits, dashes and underscores. */
function projectName(runId: string): string {
  return `drydock-${runId.toLowerCase().replaceAll('.', '-')}`;
}
