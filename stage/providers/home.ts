import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { canEnter, serverAccount, type Account } from './account.ts';
import type { Host } from './host.ts';

const writableByOthers = 0o022;
const chooseAnother = 'Set DRYDOCK_HOME to a folder of your own outside the project.';

/** Makes sure of the home, for the account that runs servers on this machine. */
export async function prepareHome(home: string, host: Host): Promise<void> {
  await openHome(home, host, await serverAccount(host));
}

/**
 * Makes sure that the folder for instances and caches exists, is ours alone, and can be entered by the server's account.
 * @throws DrydockError PROVIDER_HOME_UNWRITABLE, PROVIDER_HOME_UNSAFE, PROVIDER_HOME_UNREACHABLE
 */
export async function openHome(home: string, host: Host, account: Account): Promise<void> {
  await createHome(home, account.uid === host.uid ? 0o700 : 0o711);
  await checkHome(home, host);
  if (await canEnter(account, home)) return;
  throw new DrydockError(
    'PROVIDER_HOME_UNREACHABLE',
    `The account ${account.name}, which runs Postgres, cannot enter ${home}.`,
    {
      hint: 'Set DRYDOCK_HOME to a folder whose parents every user may enter, such as /var/lib/drydock.',
    },
  );
}

/** Refuses a home that is not a folder of ours, or that others could change under us. */
export async function checkHome(home: string, host: Host): Promise<void> {
  const found = await stat(home);
  const fault = !found.isDirectory()
    ? 'is not a folder'
    : found.uid !== host.uid
      ? `belongs to user id ${found.uid}, not to ${host.uid}`
      : found.mode & writableByOthers
        ? 'can be written by other users'
        : undefined;
  if (fault) throw new DrydockError('PROVIDER_HOME_UNSAFE', `${home} ${fault}.`, { hint: chooseAnother });
  await access(home, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unwritable(home, error);
  });
}

async function createHome(home: string, mode: number): Promise<void> {
  try {
    const created = await mkdir(home, { recursive: true });
    // Only a folder made here gets its mode from here, whatever the umask; one that was there stays as its owner set it.
    if (created) await chmod(home, mode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(home, error);
  }
}

/** The error for a home that nothing can be written to. */
export function unwritable(home: string, cause: unknown): DrydockError {
  const message = `Cannot write to ${home}: ${codeOf(cause)}.`;
  return new DrydockError('PROVIDER_HOME_UNWRITABLE', message, { hint: chooseAnother, cause });
}
