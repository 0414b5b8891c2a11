import { parseDuration, type Project } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import type { Io } from './io.ts';

/** The inputs of the composite action, as the step `Drydock` hands them over in its environment. */
export interface ActionInputs {
  readonly config: string;
  /** What to do, as on the command line. */
  readonly command: readonly [name: string, ...args: string[]];
  readonly provider: string;
  readonly dryRun: boolean;
  /** How long the lease of the run may live; the project's without it. */
  readonly leaseTtl: string | undefined;
  /** Set when a dry run was asked of a server that a dry run does not touch. */
  readonly spared: boolean;
}

/** @throws USAGE_INPUT for what is neither true nor false */
export function readInputs({ env }: Pick<Io, 'env'>): ActionInputs {
  const dryRun = truth(env, 'DRYDOCK_DRY_RUN', 'dry-run');
  const disposable = truth(env, 'DRYDOCK_DISPOSABLE_SERVER', 'disposable-server');
  const asked = env['DRYDOCK_PROVIDER'] || 'embedded';
  // nobody's server hears of a dry run, unless it was made for this job
  const spared = dryRun && asked === 'remote' && !disposable;
  const [name = 'run', ...args] = (env['DRYDOCK_COMMAND'] ?? '').split(/\s+/).filter(Boolean);
  return {
    config: env['DRYDOCK_CONFIG'] || 'ops/drydock.yaml',
    command: [name, ...args],
    provider: spared ? 'embedded' : asked,
    dryRun,
    leaseTtl: env['DRYDOCK_LEASE_TTL'] || undefined,
    spared,
  };
}

/** What of the environment must never be seen: the server's URL, and the password in it as it stands and as it is meant. */
export function secretsIn({ env }: Pick<Io, 'env'>): string[] {
  const url = env['DRYDOCK_REMOTE_URL'] ?? '';
  const { password = '' } = URL.parse(url) ?? {};
  return [...new Set([url, password, unescaped(password)])].filter(Boolean);
}

/** The project, with the lease of the run as long as the input says. @throws USAGE_TTL */
export function withLeaseTtl(project: Project, ttl: string | undefined): Project {
  if (ttl === undefined) return project;
  const { lease } = project.config;
  const asked = parseDuration(ttl);
  if (!(asked > 0 && asked <= parseDuration(lease.maximum))) {
    throw new DrydockError('USAGE_TTL', `A lease lives for at most ${lease.maximum}, and not for ${ttl}.`, {
      hint: 'Ask for less, or raise lease.maximum in drydock.yaml.',
    });
  }
  return { ...project, config: { ...project.config, lease: { ...lease, ttl } } };
}

function truth(env: Io['env'], variable: string, input: string): boolean {
  const value = env[variable] ?? '';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new DrydockError('USAGE_INPUT', `The input ${input} is neither true nor false, but "${value}".`, {
    hint: `Write ${input}: true, or ${input}: false.`,
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // the provider says what is wrong with it
  }
}
