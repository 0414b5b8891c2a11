import { dirname, join } from 'node:path';
import { viewsSchema, type Project } from '../ops/config/index.ts';
import { declaredRights, rolesOf } from '../ops/contract/index.ts';
import { counted } from '../ops/counted.ts';
import { parseScript, readSqlFolder, requireHeader } from '../ops/postgres/index.ts';
import { loadChecks } from './checks.ts';
import { loadLinkRules } from './linking.ts';
import { expectedObjects, loadMigrations } from './migrations.ts';
import { loadWorkload } from './performance/workload.ts';
import { pipeline } from './pipeline.ts';
import type { RunSettings } from './step.ts';
import { loadBackfills } from './steps/backfill/file.ts';

/** What a run would do, read from the project's files alone. */
export interface Plan {
  readonly project: string;
  readonly database: string;
  readonly file: string;
  readonly sha256: string;
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly name: string;
  readonly title: string;
  readonly items: readonly PlannedItem[];
}

/** One thing that a step would do. */
export interface PlannedItem {
  /** A file, a role, a schema. */
  readonly what: string;
  /** The role that does it; null for the administrator. */
  readonly as: string | null;
  readonly detail: string;
  /** Rows it is expected to change; null where only the data can tell. */
  readonly rows: number | null;
}

/**
 * Plans a run without starting anything: every file is read, and what a run would refuse before it begins is refused here.
 */
export async function planRun(project: Project, settings: Pick<RunSettings, 'ingest' | 'baseline'>): Promise<Plan> {
  const steps: PlannedStep[] = [];
  for (const { name, title } of pipeline) {
    steps.push({ name, title, items: (await planners[name]?.(project, settings)) ?? [] });
  }
  const { config, file, sha256 } = project;
  return { project: config.project, database: config.database, file, sha256, steps };
}

type Planner = (
  project: Project,
  settings: Pick<RunSettings, 'ingest' | 'baseline'>,
) => Promise<PlannedItem[]> | PlannedItem[];

const planners: Record<string, Planner> = {
  lint: planLint,
  bootstrap: planBootstrap,
  lend: ({ config: { lease } }) => [item(lease.profile, `a login of this profile for ${lease.ttl}`)],
  apply: planApply,
  backfill: planBackfills,
  hydrate: planHydrate,
  ingest: planIngest,
  check: planChecks,
  isolate: planIsolate,
  perf: planPerformance,
  reclaim: ({ config: { lease } }) => [item(lease.profile, 'the login ended, and every trace of it counted')],
};

async function planLint(project: Project): Promise<PlannedItem[]> {
  const files = (await loadMigrations(project)).map(({ file }) => file.path);
  const byFolder = Map.groupBy(files, (path) => dirname(path));
  return [...byFolder].map(([folder, of]) => item(folder, counted(of.length, 'migration')));
}

function planBootstrap({ config }: Project): PlannedItem[] {
  const held = Map.groupBy(declaredRights(config), ({ role }) => role);
  return [
    ...Object.entries(config.domains).map(([schema, { owner, service }]) =>
      item(schema, `domain owned by ${owner}, served by ${service}`),
    ),
    ...config.extensions.map((name) => item(name, 'extension, in the schema extensions')),
    ...rolesOf(config).map((role) =>
      item(role, `role with ${counted(held.get(role)?.length ?? 0, 'right')} of the contract`),
    ),
  ];
}

async function planApply(project: Project): Promise<PlannedItem[]> {
  const migrations = await loadMigrations(project);
  const objects = Map.groupBy(await expectedObjects(migrations.map(({ file }) => file)), ({ file }) => file);
  return Promise.all(
    migrations.map(async ({ file, as }) => {
      const statements = (await parseScript(file.text))?.length;
      const makes = (objects.get(file.path) ?? []).map(({ kind, object_name }) => `${kind} ${object_name}`);
      const size =
        statements === undefined ? 'does not parse: Postgres will say where' : counted(statements, 'statement');
      return { ...item(file.path, [size, ...makes].join(', ')), as };
    }),
  );
}

async function planBackfills(project: Project): Promise<PlannedItem[]> {
  return (await loadBackfills(project)).map(({ file, title, as, walks, batch, csv }) => ({
    what: file.path,
    as: as.role,
    detail: walks ? `${title}; walks ${walks} in batches from ${batch} rows` : title,
    rows: csv === undefined ? null : (JSON.parse(csv) as unknown[]).length,
  }));
}

async function planHydrate(project: Project): Promise<PlannedItem[]> {
  const { hydrate, lease } = project.config;
  if (!hydrate) return [];
  const rules = await loadLinkRules(project, hydrate.folder);
  return rules.map(({ file, schema, table, link }) => ({
    ...item(file.path, `fills ${schema}.${table}.${link} where it is null, through ${hydrate.linker}`),
    as: lease.profile,
  }));
}

async function planIngest(project: Project, settings: Pick<RunSettings, 'ingest'>): Promise<PlannedItem[]> {
  const { ingest } = project.config;
  if (!ingest || settings.ingest === 'disabled') return [];
  const effect = settings.ingest === 'live' ? 'written' : 'taken back: a dry run';
  const files = await readSqlFolder(project.root, join(project.root, ingest.folder));
  return files.map((file) => ({ ...item(file.path, `${requireHeader(file, 'title')}; ${effect}`), as: ingest.as }));
}

async function planChecks(project: Project): Promise<PlannedItem[]> {
  return (await loadChecks(project)).map(({ file, title, gate, as, severity }) => ({
    ...item(file.path, `${title} (${severity}, for ${gate})`),
    as: as === 'admin' ? null : as,
  }));
}

function planIsolate({ config }: Project): PlannedItem[] {
  const schemas = [...Object.keys(config.domains), viewsSchema].join(', ');
  return rolesOf(config).map((role) => item(role, `every verb on everything in ${schemas} and Drydock's own schemas`));
}

async function planPerformance(project: Project, settings: Pick<RunSettings, 'baseline'>): Promise<PlannedItem[]> {
  const baseline = settings.baseline ?? project.config.performance.baseline;
  if (baseline === undefined) return [];
  const queries = await loadWorkload(project);
  return queries.map(({ file, title, as }) => ({ ...item(file.path, `${title}; compared with ${baseline}`), as }));
}

function item(what: string, detail: string): PlannedItem {
  return { what, as: null, detail, rows: null };
}
