import { DrydockError, messageOf } from '../../../ops/errors.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import type { Instance, Provider, StartOrder } from '../provider.ts';
import { parseRemoteUrl } from './address.ts';
import { forgetDeadRuns, noteRun, type RemoteNote } from './notes.ts';
import { lockServer, readClaim, stakeClaim, takeDownClaimed, type Belongings, type Claim } from './claim.ts';
import { refuseForeignData, requireUsable, whereIs } from './server.ts';

export interface RemoteOptions extends Belongings {
  /** The server, with an administrator's user and password. Never shown. */
  readonly url: string;
  /** Databases of others that may be on the server. */
  readonly allowExisting: readonly string[];
}

/**
 * Rehearses on a server that is there already. It is not started, stopped or tuned, and its durability is untouched;
 * what the run makes on it is taken down, what anybody else made is not touched.
 */
export function remoteProvider(options: RemoteOptions): Provider {
  return { name: 'remote', start: (order) => startRemote(order, options) };
}

async function startRemote(order: StartOrder, options: RemoteOptions): Promise<Instance> {
  const { runId, home, settings, signal, note } = order;
  signal?.throwIfAborted();
  if (settings && Object.keys(settings).length > 0) throw notOurs(Object.keys(settings));
  const { database, roles, connectRole } = options;
  const target = parseRemoteUrl(options.url);

  await using undo = new AsyncDisposableStack();
  const holder = undo.use(await Session.open(target, { applicationName: 'drydock remote', signal }));
  const serverVersion = await requireUsable(holder);
  await lockServer(holder);
  await clearAbandoned(holder, options, note);
  await forgetDeadRuns(home, whereIs(holder));
  await refuseForeignData(holder, options.allowExisting);
  signal?.throwIfAborted();
  const claim = await stakeClaim(holder, runId, { database, roles, connectRole });
  const notes = undo.use(new DisposableStack());
  let noted: RemoteNote | undefined;
  undo.defer(async () => {
    await giveBack(target, claim);
    await noted?.forget();
  });
  noted = notes.use(await noteRun(home, runId, whereIs(holder)));
  signal?.throwIfAborted();

  const holdings = undo.move();
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= holdings.disposeAsync());
  const { host, port, user: admin, password: adminPassword, tls } = target;
  const address = { provider: 'remote' as const, runId, serverVersion, host, port, admin, adminPassword };
  return { ...address, ...(tls && { tls }), stop, [Symbol.asyncDispose]: stop };
}

/**
 * Clears what a killed run left. Only what this project would make itself is dropped: a claim cannot talk anybody into
 * dropping something else.
 * @throws PROVIDER_REMOTE_TAKEN when another project left it
 */
async function clearAbandoned(session: Session, ours: Belongings, note: StartOrder['note']): Promise<void> {
  const claim = await readClaim(session);
  if (!claim) return;
  const strange = [
    ...(claim.database === ours.database ? [] : [`database ${claim.database}`]),
    ...claim.roles.filter((role) => !ours.roles.includes(role)).map((role) => `role ${role}`),
  ];
  if (strange.length > 0) {
    throw new DrydockError(
      'PROVIDER_REMOTE_TAKEN',
      `Run ${claim.runId} of another project was killed on ${whereIs(session)} and left ${strange.join(', ')}.`,
      { hint: 'Run that project against this server once more: it clears what it left.' },
    );
  }
  note?.(`clearing what run ${claim.runId} left on ${whereIs(session)}`);
  await takeDownClaimed(session, { ...claim, connectRole: ours.connectRole });
}

/**
 * Takes down over a login of its own: the one that holds the lock may have been lost with the server.
 * @throws PROVIDER_REMOTE_LEFT
 */
async function giveBack(target: Target, claim: Claim): Promise<void> {
  try {
    await using session = await Session.open(target, { applicationName: 'drydock remote' });
    const found = await readClaim(session);
    // a run that came after a lost connection has cleared ours already
    if (found?.runId === claim.runId) await takeDownClaimed(session, claim);
  } catch (cause) {
    throw new DrydockError(
      'PROVIDER_REMOTE_LEFT',
      `Run ${claim.runId} left things on ${target.host}:${target.port}: ${messageOf(cause)}`,
      { hint: 'Once the server answers, run this project against it again: that clears them first.', cause },
    );
  }
}

function notOurs(names: readonly string[]): DrydockError {
  return new DrydockError(
    'PROVIDER_REMOTE_SETTINGS',
    `A remote server keeps its own settings; ${names} stays as it is.`,
    {
      hint: 'Change it on the server, or use a provider that starts one.',
    },
  );
}
