import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configText, loadProject } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { ignoreState, projectName, requireEmpty } from '../new-project.ts';
import { proposeContract, type ProposedContract } from './contract.ts';
import { ownSchemas } from './domains.ts';
import { inexpressible } from './notes.ts';
import { readDatabase, type Found } from './read.ts';

/** A project proposed for a database that is there. */
export interface Proposal {
  readonly file: string;
  readonly domains: readonly string[];
  readonly roles: readonly string[];
  /** What the database has and the proposal cannot say. */
  readonly notes: readonly string[];
}

/**
 * Reads a database, which it does not change, and writes a project with domains, roles and a contract that say the same.
 * @param folder is made when missing and must be empty
 * @throws INIT_NOT_EMPTY, INIT_NO_TABLES; CONFIG_INVALID when what was found cannot be a project
 */
export async function proposeProject(target: Target, folder: string): Promise<Proposal> {
  await requireEmpty(folder);
  await using session = await Session.open(target, { applicationName: 'drydock init' });
  const found = await readDatabase(session);
  requireTables(found);
  const notes: string[] = [];
  const contract = proposeContract(found, notes);
  notes.push(...inexpressible(found, Object.keys(contract.roles)));
  const file = join(folder, 'drydock.yaml');
  await writeFile(file, configText(proposedConfig(found, contract, projectName(folder)), headOf(found, notes)));
  for (const path of ['sql/checks', ...migrationsOf(contract).map((entry) => entry.folder)]) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await ignoreState(folder);
  const { config } = await loadProject(file);
  return { file, domains: Object.keys(config.domains), roles: Object.keys(config.contract.roles), notes };
}

function requireTables({ relations, database }: Found): void {
  if (relations.some(({ schema, is_view }) => !is_view && !ownSchemas.includes(schema))) return;
  throw new DrydockError('INIT_NO_TABLES', `There is no table in the database ${database} that could be in a domain.`, {
    hint: 'Check the name of the database in the URL, or begin with "drydock init FOLDER".',
  });
}

function proposedConfig(found: Found, { domains, roles, views, linkers }: ProposedContract, project: string) {
  const gates = [
    'scripts_complete',
    'zero_errors',
    'audit_trail_complete',
    // a gate that has nothing to look at is never go
    ...(Object.keys(views).length > 0 ? ['views_compile'] : []),
    'rls_active',
    'boundary_isolated',
  ];
  return {
    project,
    database: `${project}_stage`,
    admin: `${project}_admin`,
    extensions: found.extensions,
    domains,
    contract: { roles, views, linkers },
    migrations: migrationsOf({ domains, views }),
    checks: { folders: ['sql/checks'] },
    lease: { profile: profileAmong(roles) },
    gates: { staging: gates, promotion: [...gates, 'performance_impact'] },
  };
}

function migrationsOf({ domains, views }: Pick<ProposedContract, 'domains' | 'views'>) {
  const ofDomains = Object.entries(domains).map(([schema, { owner }]) => ({ folder: `sql/${schema}`, as: owner }));
  return Object.keys(views).length > 0 ? [...ofDomains, { folder: 'sql/views', as: 'views_owner' }] : ofDomains;
}

/** A lease is for a guest: of the roles that may look, the one that may do least harm. */
function profileAmong(roles: ProposedContract['roles']): string {
  const harm = (role: string) => (JSON.stringify(roles[role]).match(/"(insert|update|delete|truncate)"/g) ?? []).length;
  return Object.keys(roles).sort((a, b) => harm(a) - harm(b))[0]!;
}

function headOf({ database }: Found, notes: readonly string[]): string {
  return [
    `Proposed from the database ${database}. Read it, correct it, then put the migrations into the folders below:`,
    'for each domain, pg_dump --schema-only --no-owner --no-privileges --schema=NAME, without its "create schema".',
    ...(notes.length > 0 ? ['', 'What a contract cannot say:', ...notes.map((note) => `- ${note}`)] : []),
  ].join('\n');
}
