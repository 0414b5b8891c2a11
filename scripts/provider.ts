import type { Project } from '../ops/config/index.ts';
import { connectRole, rolesOf } from '../ops/contract/index.ts';
import { DrydockError } from '../ops/errors.ts';
import {
  composeProvider,
  dockerProvider,
  embeddedProvider,
  remoteProvider,
  type Host,
  type Provider,
} from '../stage/providers/index.ts';
import type { Io } from './io.ts';

interface Surroundings {
  readonly project: Project;
  readonly host: Host;
  readonly env: Io['env'];
}

/** Every way of getting a Postgres, by the name that `--provider` takes. */
const providers: Readonly<Record<string, (surroundings: Surroundings) => Provider>> = {
  embedded: ({ host }) => embeddedProvider(host),
  docker: ({ project, host, env }) => dockerProvider(host, { ...project.config.providers.docker, env }),
  compose: ({ project, host, env }) => composeProvider(host, { ...project.config.providers.docker, env }),
  remote,
};

/** The provider of that name; the embedded one when no flag said otherwise. @throws USAGE_PROVIDER */
export function chooseProvider(flag: unknown, surroundings: Surroundings): Provider {
  const name = typeof flag === 'string' ? flag : 'embedded';
  if (Object.hasOwn(providers, name)) return providers[name]!(surroundings);
  throw new DrydockError('USAGE_PROVIDER', `There is no provider "${name}".`, {
    hint: `Choose one of ${Object.keys(providers).join(', ')}.`,
  });
}

function remote({ project: { config }, env }: Surroundings): Provider {
  const { urlFrom, allowExisting } = config.providers.remote;
  const url = env[urlFrom];
  if (!url) {
    throw new DrydockError('CONFIG_REMOTE_URL', `The environment variable ${urlFrom} is not set.`, {
      hint: `Put the server's URL there; ops/drydock.yaml shows at providers.remote how it is written.`,
    });
  }
  const { database } = config;
  return remoteProvider({ url, allowExisting, database, roles: rolesOf(config), connectRole: connectRole(database) });
}
