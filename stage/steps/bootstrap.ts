import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import type { Config } from '../../ops/config/index.ts';
import { declaredRights, rolesOf } from '../../ops/contract/index.ts';
import { identifier, readSqlFolder, runFile, type Session } from '../../ops/postgres/index.ts';
import { grantMissing } from '../grants.ts';
import type { Step, StepContext, StepOutcome } from '../step.ts';

/** The only step that acts as superuser: it makes the place in which everybody else has just their rights. */
export const bootstrap: Step = {
  name: 'bootstrap',
  title: 'Make the database, its roles, schemas and guards',

  async run(context) {
    const { config } = context.project;
    await createDatabase(context);
    await using session = await context.connect();
    await createRoles(session, config);
    const files = await readSqlFolder(builtinRoot, join(builtinSql, 'bootstrap'));
    for (const file of files) await runFile(session, file);
    await createDomains(session, config);
    await storeContract(session, config);
    // what exists already is opened now: a credential can be minted before the first migration
    await grantMissing(session);
    await session.query('insert into audit.bootstrap_status (version, run_id) values ($1, $2)', [
      context.settings.version,
      context.runId,
    ]);
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

async function createRoles(session: Session, config: Config): Promise<void> {
  const statements = rolesOf(config).map((role) => `create role ${identifier(role)} nologin`);
  await session.script(statements.join(';\n'));
}

async function createDomains(session: Session, config: Config): Promise<void> {
  const domains = Object.entries(config.domains).flatMap(([schema, { owner }]) => [
    schemaFor(schema, owner),
    `alter default privileges for role ${identifier(owner)} revoke execute on functions from public`,
  ]);
  const extensions = config.extensions.map((name) => `create extension ${identifier(name)} schema extensions`);
  await session.script([...domains, ...extensions].join(';\n'));
  for (const [linker, { call }] of Object.entries(config.contract.linkers)) {
    const [schema, name] = call.split('.');
    await session.query('select drydock.create_linker($1, $2, $3)', [linker, schema, name]);
  }
}

/** Every database comes with a schema `public`; as a domain it changes hands. */
function schemaFor(schema: string, owner: string): string {
  return schema === 'public'
    ? `alter schema public owner to ${identifier(owner)}`
    : `create schema ${identifier(schema)} authorization ${identifier(owner)}`;
}

/** Writes the contract to where the grants, the checks and the probes read it. */
async function storeContract(session: Session, config: Config): Promise<void> {
  const domains = Object.entries(config.domains).map(([schema_name, domain]) => ({ schema_name, ...domain }));
  const rights = declaredRights(config).map((right) => ({
    role_name: right.role,
    kind: right.kind,
    schema_name: right.schema,
    object_name: right.object,
    column_name: right.column,
    privilege: right.privilege,
  }));
  await insertRows(session, 'drydock.domain', domains);
  await insertRows(session, 'drydock.contract_right', rights);
  await insertRows(
    session,
    'drydock.declared_role',
    rolesOf(config).map((name) => ({ name })),
  );
  await insertRows(
    session,
    'drydock.declared_extension',
    config.extensions.map((name) => ({ name })),
  );
}

async function insertRows(session: Session, table: string, rows: object[]): Promise<void> {
  await session.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [
    JSON.stringify(rows),
  ]);
}

function summary(config: Config): StepOutcome {
  const domains = Object.keys(config.domains).length;
  return { summary: `${config.database}: ${domains} domains, ${rolesOf(config).length} roles` };
}
