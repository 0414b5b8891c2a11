import type { Project } from '../../ops/config/index.ts';
import { besides, type Besides } from '../../ops/contract/index.ts';
import { identifier, type Session } from '../../ops/postgres/index.ts';
import { applyAlone, applyInOrder, pendingOf } from '../applying.ts';
import { renewFoundation } from '../foundation.ts';
import { grantMissing } from '../grants.ts';
import { loadMigrations } from '../migrations.ts';
import type { StepContext } from '../step.ts';
import { ask } from './catalog.ts';
import type { Contender } from './contender.ts';

/** The two databases that are compared, for as long as they are. */
export interface ComparedDatabases extends AsyncDisposable {
  readonly baseline: Contender;
  readonly candidate: Contender;
  /** Makes the database of the baseline: bootstrap and its migrations, no data. */
  makeBaseline(project: Project): Promise<void>;
  /** Copies the baseline, data and all, and applies what the candidate has beyond it. @returns how many files */
  makeCandidate(project: Project): Promise<number>;
}

/** Names the two databases on the run's own instance, drops what an earlier try left, and drops them again at the end. */
export async function openDatabases(context: StepContext): Promise<ComparedDatabases> {
  const { baseline, candidate } = besides(context.project.config.database);
  const names: Names = { baseline, candidate };
  await dropAll(context, names);
  // a probe: what a query or a generated value is refused is an answer, and no error of the run
  const contender = (name: string): Contender => ({
    name,
    connect: () => context.connect({ database: name, purpose: 'probe' }),
  });
  return {
    baseline: contender(names.baseline),
    candidate: contender(names.candidate),
    makeBaseline: (project) => makeBaseline(context, names.baseline, project),
    makeCandidate: (project) => makeCandidate(context, names, project),
    [Symbol.asyncDispose]: () => dropAll(context, names),
  };
}

type Names = Pick<Besides, 'baseline' | 'candidate'>;

async function makeBaseline(context: StepContext, name: string, project: Project): Promise<void> {
  await createDatabase(context, name, 'template0');
  await using session = await context.connect({ database: name });
  await bringUpTo(context, session, project);
}

async function makeCandidate(context: StepContext, names: Names, project: Project): Promise<number> {
  await createDatabase(context, names.candidate, names.baseline);
  await using session = await context.connect({ database: names.candidate });
  const files = await bringUpTo(context, session, project);
  for (const { name } of await ask<{ name: string }>(session, 'without_statistics')) {
    await session.query(`analyze ${name}`);
  }
  return files;
}

async function createDatabase(context: StepContext, name: string, template: string): Promise<void> {
  await using server = await context.connect({ database: 'postgres' });
  await server.query(`create database ${identifier(name)} template ${identifier(template)}`);
  await server.query(`revoke all on database ${identifier(name)} from public`);
}

/** Lays what is missing of a project's foundation, applies what is missing of its migrations. @returns how many files */
async function bringUpTo(context: StepContext, session: Session, project: Project): Promise<number> {
  const { config } = project;
  const layer = { version: context.settings.version, runId: context.runId };
  await session.transaction(() => renewFoundation(session, config, layer));
  // renewing leaves `public` to whoever has it; here nobody has it yet
  if (config.domains['public']) {
    await session.query(`alter schema public owner to ${identifier(config.domains['public'].owner)}`);
  }
  const pending = await pendingOf(session, await loadMigrations(project));
  const total = pending.length;
  await applyInOrder(session, pending, applyAlone, ({ file }, done) => context.progress(file.path, { done, total }));
  await grantMissing(session);
  return total;
}

async function dropAll(context: StepContext, names: Names): Promise<void> {
  await using server = await context.connect({ database: 'postgres', purpose: 'clean-up' });
  for (const name of Object.values(names)) {
    await server.query(`drop database if exists ${identifier(name)} with (force)`);
  }
}
