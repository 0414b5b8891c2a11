import { DrydockError } from '../ops/errors.ts';
import type { Project } from '../ops/config/index.ts';
import { Session, targetOfVariables, type Target } from '../ops/postgres/index.ts';
import type { TrailPlace } from '../stage/leases/index.ts';
import { adminTarget, parseRemoteUrl } from '../stage/providers/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { noStaging, stagingOf } from './staging.ts';
import { homeOf, openProject, placeOf, settingsOf } from './workplace.ts';

/** What the commands about leases work with: the administrator's session on the database that keeps the leases. */
export interface LeaseDesk extends AsyncDisposable {
  readonly project: Project;
  readonly session: Session;
  /** The server's log as JSON lines, where it can be read from here. */
  readonly logFile: string | undefined;
  readonly actor: string;
  readonly place: TrailPlace;
  /** How long the staging lives still, in milliseconds; undefined where no keeper of ours ends it. */
  readonly leftMs: number | undefined;
}

/**
 * Opens the staging that is up for the project, else the one that the PG* variables name, else the one on the server
 * of the provider `remote`.
 * @param cancel cancels what is under way: not for whoever has something to take back first
 * @throws STAGING_NONE, LEASE_NO_BOOKS when the database keeps no leases
 */
export async function openLeaseDesk(io: Io, options: Options, cancel?: AbortSignal): Promise<LeaseDesk> {
  const project = await openProject(io, options);
  const { target, logFile, endsAt } = await administrator(io, project);
  await using opening = new AsyncDisposableStack();
  const session = opening.use(await Session.open(target, { applicationName: 'drydock leases', cancel }));
  await requireBooks(session);
  const { trail, lockFile } = placeOf(project, io.env);
  const holdings = opening.move();
  return {
    project,
    session,
    logFile,
    actor: settingsOf(io.env).actor,
    place: { trail, lockFile, redactor: io.redactor },
    leftMs: endsAt === undefined ? undefined : Date.parse(endsAt) - io.now().getTime(),
    [Symbol.asyncDispose]: () => holdings.disposeAsync(),
  };
}

interface Administrator {
  readonly target: Target;
  readonly logFile: string | undefined;
  /** When the keeper takes the staging down. */
  readonly endsAt: string | undefined;
}

async function administrator(io: Io, project: Project): Promise<Administrator> {
  const kept = await stagingOf(homeOf(io), project);
  const { database } = project.config;
  if (kept) {
    io.redactor.add(kept.address.adminPassword);
    const { address, expiresAt } = kept;
    return { target: adminTarget(address, database), logFile: address.logFile, endsAt: expiresAt };
  }
  const url = io.env[project.config.providers.remote.urlFrom];
  if (url && !io.env['PGHOST']) {
    const server = await parseRemoteUrl(url);
    io.redactor.add(server.password);
    return { target: { ...server, database }, logFile: undefined, endsAt: undefined };
  }
  const target = targetOfVariables(io.env, { user: 'postgres', database });
  if (!target) throw noStaging(project);
  io.redactor.add(target.password);
  return { target, logFile: undefined, endsAt: undefined };
}

async function requireBooks(session: Session): Promise<void> {
  const { books } = await session.row<{ books: boolean }>(
    `select exists (
         select from pg_catalog.pg_class as relation
         join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
         where namespace.nspname = 'drydock' and relation.relname = 'lease'
           and pg_catalog.has_schema_privilege(namespace.oid, 'usage')
     ) as books`,
  );
  if (books) return;
  const { user, database } = session.target;
  throw new DrydockError('LEASE_NO_BOOKS', `${user} sees no leases in the database ${database}.`, {
    hint: 'Log in as the administrator of a staging that Drydock made. A lease cannot lend, end or list leases.',
  });
}
