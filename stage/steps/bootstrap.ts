import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import type { Config } from '../../ops/config/index.ts';
import { rolesOf } from '../../ops/contract/index.ts';
import { counted } from '../../ops/counted.ts';
import { identifier, isSuperuser, readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';
import { layFoundation } from '../foundation.ts';
import { otherDatabases } from '../gates.ts';
import { notMeasured } from '../measurement.ts';
import type { Step, StepContext, StepOutcome } from '../step.ts';

/** The only step that acts as the administrator throughout: it makes the place in which everybody else has just their rights. */
export const bootstrap: Step = {
  name: 'bootstrap',
  title: 'Make the database, its roles, schemas and guards',
  changes: 'structure',

  async run(context) {
    const { config } = context.project;
    const closed = await createDatabase(context);
    await using session = await context.connect();
    await layFoundation(session, config, { version: context.settings.version, runId: context.runId });
    if (!closed) await leaveOpen(context, session);
    return summary(config);
  },
};

/** Makes the project's database, and closes the server's to PUBLIC. @returns whether all of them could be closed */
async function createDatabase(context: StepContext): Promise<boolean> {
  const { database } = context.project.config;
  await using session = await context.connect({ database: 'postgres' });
  await session.query(`create database ${identifier(database)} template template0`);
  await closeToPublic(session, database);
  if (!(await isSuperuser(session))) return false;
  for (const name of ['postgres', 'template1']) await closeToPublic(session, name);
  return true;
}

async function closeToPublic(session: Session, database: string): Promise<void> {
  await session.query(`revoke all on database ${identifier(database)} from public`);
}

/** What a database of somebody else lets in is not in the contract, and it is said that a lease may open it. */
async function leaveOpen(context: StepContext, session: Session): Promise<void> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'contract', 'open_databases.sql'));
  const { rows } = await runStatement<{ name: string }>(session, file, { values: [context.project.config.database] });
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name);
  await session.query('insert into drydock.other_database (name) select unnest($1::text[])', [names]);
  const reason = `everybody may open ${names.join(', ')}: only their owners, or a superuser, can close them to PUBLIC`;
  context.record.measure(notMeasured(otherDatabases, 'A lease opens no other database of the server', reason));
}

function summary(config: Config): StepOutcome {
  const made = [counted(Object.keys(config.domains).length, 'domain'), counted(rolesOf(config).length, 'role')];
  return { summary: `${config.database}: ${made.join(', ')}` };
}
