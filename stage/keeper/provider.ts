import { DrydockError } from '../../ops/errors.ts';
import { Session } from '../../ops/postgres/index.ts';
import {
  adminTarget,
  type Instance,
  type InstanceAddress,
  type Provider,
  type ProviderName,
  type StartOrder,
} from '../providers/index.ts';

/** A provider whose instances outlive the run: somebody else starts and owns them. `stop` leaves them as they are. */
export function keptProvider(name: ProviderName, launch: (order: StartOrder) => Promise<InstanceAddress>): Provider {
  return { name, start: async (order) => heldOnTo(await launch(order), async () => {}) };
}

/** Any number will do, as long as every Drydock takes the same. */
const workLock = 0x0d12d0c;

/**
 * A provider that hands out an instance which is there already, to one command at a time.
 * @param database a database of it to log in to for that
 */
export function attachedProvider(address: InstanceAddress, database: string): Provider {
  return { name: address.provider, start: () => attach(address, database) };
}

/** @throws STAGING_BUSY when another command is at work on it */
async function attach(address: InstanceAddress, database: string): Promise<Instance> {
  const session = await Session.open(adminTarget(address, database), { applicationName: 'drydock attach' });
  const { free } = await session.row<{ free: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as free', [
    workLock,
  ]);
  if (free) return heldOnTo(address, () => session.close());
  await session.close();
  throw new DrydockError(
    'STAGING_BUSY',
    `Another drydock command is at work on the staging at ${address.host}:${address.port}.`,
    {
      hint: 'Wait for it to finish, then try again.',
    },
  );
}

function heldOnTo(address: InstanceAddress, letGo: () => Promise<void>): Instance {
  let gone: Promise<void> | undefined;
  const stop = () => (gone ??= letGo());
  return { ...address, stop, [Symbol.asyncDispose]: stop };
}
