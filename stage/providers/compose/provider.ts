import { fileURLToPath } from 'node:url';
import { labelsOf, nameFor, tagsOf } from '../containers/clear.ts';
import { containerProvider, type ContainerOptions, type Making } from '../containers/container-provider.ts';
import type { Container } from '../containers/container.ts';
import type { Host } from '../host.ts';
import type { Provider } from '../provider.ts';
import { compose } from './program.ts';

const file = (name: string) => fileURLToPath(new URL(`../../../ops/stage/${name}`, import.meta.url));
const composeFile = file('docker-compose.yml');
/** Laid over the other, it keeps the data in a volume. */
const volumeFile = file('docker-compose.volume.yml');

/** Runs the Postgres of ops/stage/docker-compose.yml, which people can also run by hand. */
export function composeProvider(host: Host, options: ContainerOptions): Provider {
  return containerProvider('compose', host, options, makeByCompose);
}

/** Compose makes the container; found by its labels, it is waited for and removed like any other. */
async function makeByCompose(making: Making): Promise<Container> {
  const { order, options, engine } = making;
  const { home, runId, signal } = order;
  const env = { ...options.env, ...variablesOf(making) };
  // `up` would replace a container of that name when it is of the same project; the run id keeps projects apart
  const volume = options.volume && nameFor(order, options.volume);
  if (volume) await engine.refuseVolume(volume);
  const files = [composeFile, ...(volume ? [volumeFile] : [])].flatMap((name) => ['--file', name]);
  const args = [...files, '--project-name', projectName(runId), 'up', '--detach', '--no-build'];
  await compose(args, env);
  signal?.throwIfAborted();
  return engine.labelled(labelsOf(home, runId));
}

/** What the file leaves open. An empty port is any free one. */
function variablesOf({ order, options, engine, password }: Making) {
  const { image, container, network, volume } = options;
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
