import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import type { Config } from '../ops/config/index.ts';
import { declaredRights, rolesOf } from '../ops/contract/index.ts';
import { identifier, isSuperuser, readSqlFolder, runFile, type Session } from '../ops/postgres/index.ts';
import { grantMissing } from './grants.ts';

/** Who lays a foundation, for `audit.bootstrap_status`. */
export interface Layer {
  readonly version: string;
  readonly runId: string;
}

/**
 * Makes roles, guards and schemas in an empty database: what every project stands on. Needs its owner, with CREATEROLE;
 * without a superuser there is no event trigger, and migrations secure the tables they make.
 * A role or schema that is there already is an error: it would be somebody else's.
 */
export async function layFoundation(session: Session, config: Config, layer: Layer): Promise<void> {
  await createRoles(session, rolesOf(config));
  await runBootstrap(session);
  await createDomains(session, config, Object.keys(config.domains));
  await createExtensions(session, config.extensions);
  await createLinkers(session, config, Object.keys(config.contract.linkers));
  await finish(session, config, layer);
}

/**
 * Lays the same foundation in a database that is lived in, or brings it up to what the project says now. Roles, schemas
 * and extensions that are there stay as they are; whether they are right the checks tell. Call it in a transaction.
 */
export async function renewFoundation(session: Session, config: Config, layer: Layer): Promise<void> {
  const there = await inventoryOf(session);
  const absent = (names: readonly string[], known: readonly string[]) => names.filter((name) => !known.includes(name));
  await createRoles(session, absent(rolesOf(config), there.roles));
  if (!there.is_laid) {
    await runBootstrap(session);
    await closeOwnDatabase(session);
  }
  await createDomains(session, config, absent(Object.keys(config.domains), there.schemas));
  await createExtensions(session, absent(config.extensions, there.extensions));
  const linkers = Object.entries(config.contract.linkers).filter(([, { call }]) => !there.functions.includes(call));
  await createLinkers(
    session,
    config,
    linkers.map(([linker]) => linker),
  );
  if (there.is_laid) await forgetContract(session);
  await finish(session, config, layer);
}

/** Whether a database stands on Drydock's foundation. */
export async function isLaid(session: Session): Promise<boolean> {
  const { laid } = await session.row<{ laid: boolean }>(
    `select pg_catalog.to_regclass('audit.bootstrap_status') is not null as laid`,
  );
  return laid;
}

interface Inventory {
  readonly is_laid: boolean;
  readonly roles: readonly string[];
  readonly schemas: readonly string[];
  readonly extensions: readonly string[];
  readonly functions: readonly string[];
}

function inventoryOf(session: Session): Promise<Inventory> {
  return session.row<Inventory>(
    `select pg_catalog.to_regclass('audit.bootstrap_status') is not null as is_laid,
            array(select rolname::text from pg_catalog.pg_roles) as roles,
            array(select nspname::text from pg_catalog.pg_namespace) as schemas,
            array(select extname::text from pg_catalog.pg_extension) as extensions,
            array(select nspname || '.' || proname from pg_catalog.pg_proc
                  join pg_catalog.pg_namespace on pg_namespace.oid = pronamespace) as functions`,
  );
}

/** CONNECT is by contract from here on; what other databases of the server let in is not this project's business. */
async function closeOwnDatabase(session: Session): Promise<void> {
  await session.query(`revoke all on database ${identifier(session.target.database)} from public`);
  await session.query(
    `insert into drydock.other_database (name)
     select datname from pg_catalog.pg_database where datname <> pg_catalog.current_database()`,
  );
}

async function createRoles(session: Session, roles: readonly string[]): Promise<void> {
  await runAll(
    session,
    roles.map((role) => `create role ${identifier(role)} nologin`),
  );
  if (roles.length === 0 || (await isSuperuser(session))) return;
  // whoever is not superuser acts as a role, and hands objects to it, only as its member
  await session.query(`grant ${roles.map(identifier).join(', ')} to ${identifier(session.target.user)}`);
}

async function runBootstrap(session: Session): Promise<void> {
  const superuser = await isSuperuser(session);
  const files = await readSqlFolder(builtinRoot, join(builtinSql, 'bootstrap'));
  for (const file of files.filter(({ header }) => superuser || header['needs'] !== 'superuser')) {
    await runFile(session, file);
  }
}

async function createDomains(session: Session, { domains }: Config, schemas: readonly string[]): Promise<void> {
  const statements = schemas.flatMap((schema) => {
    const { owner } = domains[schema]!;
    const privileges = `alter default privileges for role ${identifier(owner)} revoke execute on functions from public`;
    return [schemaFor(schema, owner), privileges];
  });
  await runAll(session, statements);
}

/** Every database comes with a schema `public`; as a domain it changes hands. */
function schemaFor(schema: string, owner: string): string {
  return schema === 'public'
    ? `alter schema public owner to ${identifier(owner)}`
    : `create schema ${identifier(schema)} authorization ${identifier(owner)}`;
}

async function createExtensions(session: Session, names: readonly string[]): Promise<void> {
  await runAll(
    session,
    names.map((name) => `create extension ${identifier(name)} schema extensions`),
  );
}

async function createLinkers(session: Session, { contract }: Config, linkers: readonly string[]): Promise<void> {
  for (const linker of linkers) {
    const [schema, name] = contract.linkers[linker]!.call.split('.');
    await session.query('select drydock.create_linker($1, $2, $3)', [linker, schema, name]);
  }
}

async function finish(session: Session, config: Config, { version, runId }: Layer): Promise<void> {
  await storeContract(session, config);
  // what exists already is opened now: a credential can be minted before the first migration
  await grantMissing(session);
  await session.query('insert into audit.bootstrap_status (version, run_id) values ($1, $2)', [version, runId]);
}

async function forgetContract(session: Session): Promise<void> {
  await session.script(
    `delete from drydock.domain; delete from drydock.contract_right;
     delete from drydock.declared_role; delete from drydock.declared_extension; delete from drydock.declared_linker`,
  );
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
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  await insertRows(session, 'drydock.domain', domains);
  await insertRows(session, 'drydock.contract_right', rights);
  await insertRows(session, 'drydock.declared_role', named(rolesOf(config)));
  await insertRows(session, 'drydock.declared_extension', named(config.extensions));
  await insertRows(session, 'drydock.declared_linker', named(Object.keys(config.contract.linkers)));
}

async function insertRows(session: Session, table: string, rows: object[]): Promise<void> {
  await session.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`, [
    JSON.stringify(rows),
  ]);
}

async function runAll(session: Session, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await session.script(statements.join(';\n'));
}
