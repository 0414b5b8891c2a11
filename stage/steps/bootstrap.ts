import type { Config } from '../../ops/config/index.ts';
import { rolesOf } from '../../ops/contract/index.ts';
import { counted } from '../../ops/counted.ts';
import { identifier } from '../../ops/postgres/index.ts';
import { layFoundation } from '../foundation.ts';
import type { Step, StepContext, StepOutcome } from '../step.ts';

/** The only step that acts as superuser: it makes the place in which everybody else has just their rights. */
export const bootstrap: Step = {
  name: 'bootstrap',
  title: 'Make the database, its roles, schemas and guards',
  changes: 'structure',

  async run(context) {
    const { config } = context.project;
    await createDatabase(context);
    await using session = await context.connect();
    await layFoundation(session, config, { version: context.settings.version, runId: context.runId });
    return summary(config);
  },
};

/** Makes the project's database, and closes every database of the cluster to PUBLIC. */
async function createDatabase(context: StepContext): Promise<void> {
  const { database } = context.project.config;
  await using session = await context.connect({ database: 'postgres' });
  await session.query(`create database ${identifier(database)} template template0`);
  for (const name of ['postgres', 'template1', database]) {
    await session.query(`revoke all on database ${identifier(name)} from public`);
  }
}

function summary(config: Config): StepOutcome {
  const made = [counted(Object.keys(config.domains).length, 'domain'), counted(rolesOf(config).length, 'role')];
  return { summary: `${config.database}: ${made.join(', ')}` };
}
