import { randomBytes } from 'node:crypto';
import { parseDuration, type Config, type Project } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import { Session, targetOfVariables, type Target } from '../ops/postgres/index.ts';
import { attachedProvider, keptInstances, keptProvider, type KeptInstance } from '../stage/keeper/index.ts';
import type { InstanceAddress } from '../stage/providers/index.ts';
import type { RunOrder } from '../stage/run-order.ts';
import { holderOf } from '../stage/lease-steps.ts';
import type { Holder } from '../stage/step.ts';
import type { Io } from './io.ts';
import { launchKeeper } from './launch-keeper.ts';

type Order = Omit<RunOrder, 'observer'>;

/**
 * The order for working on the staging that is up for this project, or else on the one that the PG* variables name.
 * The variables come second: a shell that has them set for something else must not send a step there. But where they are
 * another login to the very staging that is up, they are a lease of it, and the steps are done as that lease.
 * @throws STAGING_NONE, STAGING_FOREIGN
 */
export async function onCurrentStaging(order: Order, env: Io['env']): Promise<Order> {
  const kept = await stagingOf(order.home, order.project);
  if (kept && !isLeaseOf(kept, env)) {
    const provider = attachedProvider(kept.address, 'postgres');
    return { ...order, provider, stays: () => untilWhen(kept), keepsTemplate: true };
  }
  const target = targetOfVariables(env, { user: 'postgres', database: order.project.config.database });
  if (!target) throw noStaging(order.project);
  order.redactor.add(target.password);
  const { database } = target;
  const { address, holder } = await addressFrom(order, target);
  return {
    ...order,
    holder,
    project: { ...order.project, config: { ...order.project.config, database } },
    provider: attachedProvider(address, database),
    stays: () => `as it was found, at ${address.host}:${address.port}`,
  };
}

/**
 * The order for a run whose instance stays up under a keeper.
 * @throws STAGING_UP when this project has one already
 */
export async function onKeptStaging(order: Order, ttl: unknown, port?: number): Promise<Order> {
  const { project, provider } = order;
  const ttlMs = lifeOf(project.config, ttl);
  const there = await stagingOf(order.home, project);
  if (there) {
    throw new DrydockError('STAGING_UP', `A staging is up for this project already, ${untilWhen(there)}.`, {
      hint: 'Work on it, or take it down with "drydock down".',
    });
  }
  let kept: KeptInstance;
  const launched = keptProvider(provider.name, async (start) => {
    const terms = { projectFile: project.file, provider: provider.name, ttlMs };
    kept = await launchKeeper(port === undefined ? start : { ...start, port }, terms);
    return kept.address;
  });
  const stays = () => `${untilWhen(kept)}; "drydock down" ends it sooner`;
  return { ...order, provider: launched, stays, keepsTemplate: true };
}

/** The newest staging that is up for a project. */
export async function stagingOf(home: string, { file }: Project): Promise<KeptInstance | undefined> {
  return (await keptInstances(home)).findLast(({ projectFile }) => projectFile === file);
}

export function noStaging({ file }: Project): DrydockError {
  return new DrydockError('STAGING_NONE', `No staging is up for ${file}.`, {
    hint: 'Bring one up with "drydock up"; steps also work on one that PGHOST, PGUSER, PGPASSWORD and PGDATABASE name.',
  });
}

/** How long a staging may live: what was asked for, within what the project allows. */
function lifeOf({ lease }: Config, ttl: unknown): number {
  const asked = parseDuration(typeof ttl === 'string' ? ttl : lease.ttl);
  if (asked > 0 && asked <= parseDuration(lease.maximum)) return asked;
  throw new DrydockError('USAGE_TTL', `A staging lives for at most ${lease.maximum}, and not for ${String(ttl)}.`, {
    hint: 'Ask for less, or raise lease.maximum in drydock.yaml.',
  });
}

function untilWhen({ address, expiresAt }: KeptInstance): string {
  return `on port ${address.port} until ${expiresAt}`;
}

function isLeaseOf({ address }: KeptInstance, { PGHOST, PGPORT = '5432', PGUSER }: Io['env']): boolean {
  const isThere = PGHOST === address.host && Number(PGPORT) === address.port;
  return isThere && PGUSER !== undefined && PGUSER !== address.admin;
}

/** @throws STAGING_FOREIGN when no Drydock made the database what it is */
async function addressFrom(
  { project }: Order,
  target: Target,
): Promise<{ address: InstanceAddress; holder: Holder | undefined }> {
  const { host, port, user: admin, password: adminPassword, database, tls } = target;
  await using session = await Session.open(target);
  const { made, server_version } = await session.row<{ made: boolean; server_version: string }>(
    // by the catalog: whoever may not enter the schema is refused the name, and is told so as an error
    `select exists (
                select from pg_catalog.pg_class as relation
                join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
                where namespace.nspname = 'audit' and relation.relname = 'bootstrap_status'
            ) as made,
            pg_catalog.current_setting('server_version') as server_version`,
  );
  if (!made) {
    throw new DrydockError('STAGING_FOREIGN', `The database ${database} at ${host}:${port} is no staging of Drydock.`, {
      hint: 'Check PGHOST and PGDATABASE: single steps work on databases that Drydock bootstrapped, and on no other.',
    });
  }
  const runId = `attached-${randomBytes(4).toString('hex')}`;
  const holder = await holderOf(session, project);
  const address = {
    provider: 'remote' as const,
    runId,
    serverVersion: server_version,
    host,
    port,
    admin,
    adminPassword,
    ...(tls && { tls }),
  };
  return { address, holder };
}
