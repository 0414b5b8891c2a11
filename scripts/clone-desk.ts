import type { Project } from '../ops/config/index.ts';
import { codeOf } from '../ops/errors.ts';
import { Session } from '../ops/postgres/index.ts';
import type { TrailPlace } from '../stage/leases/index.ts';
import { listClones } from '../stage/clones/index.ts';
import type { KeptInstance } from '../stage/keeper/index.ts';
import { adminTarget } from '../stage/providers/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { noStaging, stagingOf } from './staging.ts';
import { homeOf, openProject, placeOf, settingsOf } from './workplace.ts';

/** What the commands about clones work with. */
export interface CloneDesk extends AsyncDisposable {
  readonly project: Project;
  /** The staging. */
  readonly database: string;
  /** The administrator's session on the database `postgres`. */
  readonly server: Session;
  /** Where clients reach it. */
  readonly at: { readonly host: string; readonly port: number };
  /** When the staging ends, and every clone with it. */
  readonly stagingEnds: Date;
  readonly logFile: string | undefined;
  readonly actor: string;
  readonly place: TrailPlace;
}

/** Opens the staging that is up for the project. @throws STAGING_NONE */
export async function openCloneDesk(io: Io, options: Options): Promise<CloneDesk> {
  const project = await openProject(io, options);
  const kept = await stagingOf(homeOf(io), project);
  if (!kept) throw noStaging(project);
  const { address, database, expiresAt } = kept;
  io.redactor.add(address.adminPassword);
  const server = await Session.open(adminTarget(address, 'postgres'), { applicationName: 'drydock clone' });
  const { trail, lockFile } = placeOf(project, io.env);
  return {
    project,
    database,
    server,
    at: { host: address.host, port: address.port },
    stagingEnds: new Date(expiresAt),
    logFile: address.logFile,
    actor: settingsOf(io.env).actor,
    place: { trail, lockFile, redactor: io.redactor },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** The clones of a staging that is up; null when it does not answer, for its keeper to find out why. */
export async function namesOfClones({ address, database }: KeptInstance): Promise<string[] | null> {
  try {
    await using server = await Session.open(adminTarget(address, 'postgres'), { applicationName: 'drydock clone' });
    return (await listClones(server, database)).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'CONNECT_FAILED') return null;
    throw error;
  }
}
