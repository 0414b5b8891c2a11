import { Session } from '../../../ops/postgres/index.ts';
import { serverAccount } from '../account.ts';
import { openHome } from '../home.ts';
import type { Host } from '../host.ts';
import type { Instance, InstanceAddress, Provider, StartOrder } from '../provider.ts';
import { replacePassword } from '../replace-password.ts';
import { installedBinaries, usableBinaries, type Binaries } from './binaries.ts';
import { InstanceFolder } from './instance-folder.ts';
import { jsonLog } from './log.ts';
import { onFreePort, requireFree } from '../port.ts';
import { Server } from './server.ts';
import { clusterTemplate, copyCluster } from './template.ts';

const loopback = '127.0.0.1';

export interface EmbeddedOptions {
  /** Where Postgres lies, when not in the package for this machine. */
  readonly binaries?: Binaries;
  /** How to find a free port, when not by asking the system for one. */
  readonly choosePort?: () => Promise<number>;
}

/** Runs Postgres 16 from an npm package as a child of this process; needs nothing installed. */
export function embeddedProvider(host: Host, options: EmbeddedOptions = {}): Provider {
  return { name: 'embedded', start: (order) => startEmbedded(order, host, options) };
}

async function startEmbedded(order: StartOrder, host: Host, options: EmbeddedOptions): Promise<Instance> {
  const { home, admin, runId, settings, signal, note } = order;
  const account = await serverAccount(host);
  await openHome(home, host, account);
  const installed = options.binaries ?? (await installedBinaries(host));
  const binaries = await usableBinaries(installed, { account, home, host, note });
  const template = await clusterTemplate(binaries, { admin, account, home, host, signal, note });

  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await InstanceFolder.create(home, runId));
  const { dataDirectory, logDirectory } = folder;
  await folder.furnish(account);
  await copyCluster(template, dataDirectory, { account, host, signal });
  const parts = { binaries, account, host, dataDirectory, logDirectory, settings, signal };
  const server = await onChosenPort(order.port, options, (port) => Server.start({ ...parts, port }));
  undo.use(server);
  const at = { host: loopback, port: server.port };
  await using session = await Session.open(
    { ...at, user: admin, password: template.adminPassword, database: 'postgres' },
    { applicationName: 'drydock provider' },
  );
  const own = await replacePassword(session);
  const files = { logFile: jsonLog(logDirectory), dataDirectory };
  const address: InstanceAddress = { provider: 'embedded', runId, ...at, admin, ...own, ...files };
  await folder.announce(address);
  signal?.throwIfAborted();
  return instanceAt(address, undo.move());
}

async function onChosenPort(
  port: number | undefined,
  { choosePort }: EmbeddedOptions,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (port === undefined) return onFreePort(start, choosePort);
  await requireFree(port);
  return start(port);
}

function instanceAt(address: InstanceAddress, holdings: AsyncDisposableStack): Instance {
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= holdings.disposeAsync());
  return { ...address, stop, [Symbol.asyncDispose]: stop };
}
