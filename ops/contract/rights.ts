import { auditor, auditOwner, viewsOwner, viewsSchema, type Config, type Verb } from '../config/index.ts';

/** The schema of extensions, which every role of a project may use. */
export const extensionsSchema = 'extensions';

export type RightKind = 'database' | 'schema' | 'relation' | 'column' | 'function';

/** One line of the compiled contract: `role` may use `privilege` on the named thing. `*` is every relation that is not private. */
export interface DeclaredRight {
  readonly role: string;
  readonly kind: RightKind;
  readonly schema: string | null;
  readonly object: string;
  readonly column: string | null;
  readonly privilege: string;
}

/** The role that holds CONNECT on a database; a lease that may enter the database is a member of it. */
export function connectRole(database: string): string {
  return `${database}_connect`;
}

/** Every NOLOGIN role that a project needs, each once, in order of creation. */
export function rolesOf(config: Config): string[] {
  const owners = Object.values(config.domains).map(({ owner }) => owner);
  const { roles, linkers } = config.contract;
  const fixed = [auditOwner, viewsOwner, auditor, connectRole(config.database)];
  return [...new Set([...fixed, ...owners, ...Object.keys(roles), ...Object.keys(linkers)])];
}

/** Compiles the contract into the rights that Drydock grants, checks and probes. Whatever is not here is refused. */
export function declaredRights(config: Config): DeclaredRight[] {
  const rights = [
    ...databaseRights(config),
    ...Object.keys(config.contract.roles).flatMap((role) => roleRights(config, role)),
    ...viewRights(config),
    ...linkerRights(config),
    ...extensionRights(config),
    ...auditorRights(),
    ...stepRights(config),
  ];
  const unique = new Map(rights.map((right) => [JSON.stringify(right), right]));
  return [...unique.values()];
}

function databaseRights(config: Config): DeclaredRight[] {
  const role = connectRole(config.database);
  return [{ role, kind: 'database', schema: null, object: config.database, column: null, privilege: 'CONNECT' }];
}

function roleRights(config: Config, role: string): DeclaredRight[] {
  const { calls = [], ...schemas } = config.contract.roles[role]!;
  const onSchemas = Object.entries(schemas).flatMap(([schema, rights]) => [
    usage(role, schema),
    ...(schema === viewsSchema ? [] : relationRights(role, schema, rights)),
  ]);
  const onFunctions = calls.flatMap((call) => callRights(role, call));
  return [...onSchemas, ...onFunctions];
}

type SchemaRights = Exclude<Config['contract']['roles'][string]['x'], undefined>;

function relationRights(role: string, schema: string, rights: SchemaRights): DeclaredRight[] {
  if (Array.isArray(rights)) return (rights as Verb[]).map((verb) => onRelation(role, schema, '*', verb));
  return Object.entries(rights).flatMap(([verb, narrowed]) => {
    if (Array.isArray(narrowed)) return narrowed.map((table) => onRelation(role, schema, table, verb as Verb));
    return Object.entries(narrowed as Record<string, string[]>).flatMap(([table, columns]) =>
      columns.map((column) => onColumn(role, schema, table, column, verb as Verb)),
    );
  });
}

/** A view is read by the roles it is `for`, else by every role that reads `views`; its `reads` are the rights of views_owner. */
function viewRights(config: Config): DeclaredRight[] {
  const allReaders = Object.entries(config.contract.roles).flatMap(([role, rights]) =>
    viewsSchema in rights ? [role] : [],
  );
  return Object.entries(config.contract.views).flatMap(([view, { reads, for: readers = allReaders }]) => [
    ...readers.flatMap((role) => [usage(role, viewsSchema), onRelation(role, viewsSchema, view, 'select')]),
    ...readRights(viewsOwner, reads),
  ]);
}

/** A linker reads what it is told to, and the tables whose link columns it fills. */
function linkerRights(config: Config): DeclaredRight[] {
  return Object.entries(config.contract.linkers).flatMap(([linker, { updates, reads }]) => {
    const targets = updates.map((path) => splitColumn(path));
    return [
      ...readRights(linker, [...reads, ...targets.map(({ schema, table }) => `${schema}.${table}`)]),
      ...targets.map(({ schema, table, column }) => onColumn(linker, schema, table, column, 'update')),
      usage(linker, 'drydock'),
      onRelation(linker, 'drydock', 'link_rule', 'select'),
      onRelation(linker, 'drydock', 'link_share', 'select'),
      ...callRights(linker, 'drydock.key_columns'),
    ];
  });
}

function extensionRights(config: Config): DeclaredRight[] {
  return rolesOf(config)
    .filter((role) => role !== connectRole(config.database))
    .map((role) => usage(role, extensionsSchema));
}

/** The auditor reads everything Drydock keeps, and nothing of the project's. */
function auditorRights(): DeclaredRight[] {
  return ['audit', 'drydock'].flatMap((schema) => [usage(auditor, schema), onRelation(auditor, schema, '*', 'select')]);
}

/** What the one who holds a lease does the steps with: functions that note, and the contract to judge itself by. */
function stepRights({ lease: { profile } }: Config): DeclaredRight[] {
  const calls = [
    ...['known_files', 'run_check', 'key_columns', 'note_linkage', 'begin_backfill', 'note_backfill_end'],
    ...['note_backfill_batch', 'note_backfill_walked', 'note_backfill_finished'],
  ];
  const reads = ['domain', 'contract_right', 'expected_right', 'actual_right', 'type_function', 'other_database'];
  return [
    ...calls.flatMap((name) => callRights(profile, `drydock.${name}`)),
    ...reads.map((name) => onRelation(profile, 'drydock', name, 'select')),
  ];
}

function readRights(role: string, reads: string[] | Record<string, string[]>): DeclaredRight[] {
  const tables = Array.isArray(reads) ? reads.map((table) => [table, undefined] as const) : Object.entries(reads);
  return tables.flatMap(([path, columns]) => {
    const { schema, table } = splitRelation(path);
    const onTable = columns
      ? columns.map((column) => onColumn(role, schema, table, column, 'select'))
      : [onRelation(role, schema, table, 'select')];
    return [usage(role, schema), ...onTable];
  });
}

function callRights(role: string, call: string): DeclaredRight[] {
  const { schema, table: object } = splitRelation(call);
  return [usage(role, schema), { role, kind: 'function', schema, object, column: null, privilege: 'EXECUTE' }];
}

function usage(role: string, schema: string): DeclaredRight {
  return { role, kind: 'schema', schema, object: schema, column: null, privilege: 'USAGE' };
}

function onRelation(role: string, schema: string, object: string, verb: Verb): DeclaredRight {
  return { role, kind: 'relation', schema, object, column: null, privilege: verb.toUpperCase() };
}

function onColumn(role: string, schema: string, object: string, column: string, verb: Verb): DeclaredRight {
  return { role, kind: 'column', schema, object, column, privilege: verb.toUpperCase() };
}

/** `schema.table` in two; the configuration schema has made sure that there is exactly one dot. */
export function splitRelation(path: string): { schema: string; table: string } {
  const [schema = '', table = ''] = path.split('.');
  return { schema, table };
}

/** `schema.table.column` in three. */
export function splitColumn(path: string): { schema: string; table: string; column: string } {
  const [schema = '', table = '', column = ''] = path.split('.');
  return { schema, table, column };
}
