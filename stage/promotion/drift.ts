import { diffAudits, takeAudit, type Audit, type AuditDiff, type Difference } from '../../audit-log/inventory/index.ts';
import { viewsSchema, type Project } from '../../ops/config/index.ts';
import { rolesOf } from '../../ops/contract/index.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { applyAlone, applyInOrder, noteExpectations } from '../applying.ts';
import { contextOn } from '../context.ts';
import { grantMissing } from '../grants.ts';
import { loadMigrations, type Migration } from '../migrations.ts';
import { adminTarget, type Provider } from '../providers/index.ts';
import { newRunId } from '../run-id.ts';
import { bootstrap } from '../steps/bootstrap.ts';

export interface DriftOrder {
  readonly project: Project;
  readonly target: Target;
  readonly provider: Provider;
  readonly home: string;
  readonly version: string;
  readonly signal: AbortSignal;
  now(): Date;
}

/** Structure the repository makes, against what is there. */
export interface Drift {
  readonly target: string;
  readonly serverVersion: string;
  /** The server that the expected structure was made on. */
  readonly rehearsedOn: string;
  readonly migrations: number;
  readonly differences: readonly Difference[];
  /** What could not be compared, and why. */
  readonly notCompared: readonly string[];
}

/**
 * Makes the structure of some of a project's migrations on an instance of its own and compares a target with it. The
 * target is only read.
 * @param wanted which migrations; all without it
 */
export async function measureDrift(order: DriftOrder, wanted?: readonly string[]): Promise<Drift> {
  const all = await loadMigrations(order.project);
  const migrations = wanted ? all.filter(({ file }) => wanted.includes(file.path)) : all;
  const [expected, actual] = await Promise.all([rehearsed(order, migrations), audited(order, order.target)]);
  const [rehearsedOn, serverVersion] = [versionOf(expected), versionOf(actual)];
  const diff = diffAudits(expected, actual);
  const sameMajor = Number.parseInt(rehearsedOn, 10) === Number.parseInt(serverVersion, 10);
  const isOfProject = ofProject(order.project);
  return {
    target: `${order.target.host}:${order.target.port}/${order.target.database}`,
    serverVersion,
    rehearsedOn,
    migrations: migrations.length,
    differences: diff.structure.flatMap((one) => comparable(one, sameMajor)).filter(isOfProject),
    notCompared: notCompared(diff, sameMajor ? null : { rehearsedOn, serverVersion }),
  };
}

async function rehearsed(order: DriftOrder, migrations: readonly Migration[]): Promise<Audit> {
  const { provider, home, version, signal } = order;
  const project = inDatabase(order.project, 'expected');
  const runId = `drift-${newRunId(order.now())}`;
  await using instance = await provider.start({ runId, home, admin: project.config.admin, signal });
  const settings = { ingest: 'disabled', actor: 'drift', version } as const;
  await bootstrap.run(contextOn(instance, project, { runId, settings, signal, now: order.now }));
  const target = adminTarget(instance, project.config.database);
  {
    await using session = await Session.open(target, { applicationName: 'drydock drift', signal });
    await session.transaction(() => noteExpectations(session, migrations));
    await applyInOrder(session, migrations, applyAlone);
    await grantMissing(session);
  }
  return await audited(order, target);
}

/** The target's database may be called what the server's own are: `postgres` on many managed servers. */
function inDatabase(project: Project, database: string): Project {
  return { ...project, config: { ...project.config, database } };
}

async function audited({ project, now, signal }: DriftOrder, target: Target): Promise<Audit> {
  const { config, root } = project;
  return takeAudit({
    target,
    settings: { ...config.inventory, seeds: {} },
    root,
    schemas: null,
    budgetMs: 0,
    samples: false,
    now,
    signal,
  });
}

function versionOf({ database_info }: Audit): string {
  return database_info.server_version;
}

/** Versions of Postgres write the same view down differently, so across versions a view is compared by its columns only. */
const worded = new Set(['view definition']);
/** Differs from server to server without a migration having anything to do with it. */
const ofServer: Readonly<Record<string, readonly string[]>> = { extension: ['version'] };

function comparable(difference: Difference, sameMajor: boolean): Difference[] {
  if (difference.change !== 'changed') return [difference];
  if (worded.has(difference.kind) && !sameMajor) return [];
  const left = difference.fields.filter(({ field }) => !ofServer[difference.kind]?.includes(field));
  return left.length > 0 ? [{ ...difference, fields: left }] : [];
}

/** Only what the project makes: a target may hold schemas of others, and is not judged by them. */
function ofProject({ config }: Project): (difference: Difference) => boolean {
  const schemas = [...Object.keys(config.domains), viewsSchema];
  const roles = rolesOf(config);
  return ({ kind, object }) => {
    if (kind === 'extension') return config.extensions.includes(object);
    return (kind === 'settings' ? roles : schemas).some((name) => object.startsWith(`${name}.`));
  };
}

function notCompared(
  { not_compared: unseen }: AuditDiff,
  versions: { rehearsedOn: string; serverVersion: string } | null,
): string[] {
  const definitions = versions
    ? [`the text of views: Postgres ${versions.rehearsedOn} and ${versions.serverVersion} write it differently`]
    : [];
  return [...definitions, ...unseen.map((object) => `${object}: the login may not see it`)];
}
