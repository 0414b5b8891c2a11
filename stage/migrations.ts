import { join } from 'node:path';
import type { Project } from '../ops/config/index.ts';
import {
  faultAt,
  parseScript,
  readSqlFolder,
  type SqlFile,
  type Statement,
  type StatementNode,
} from '../ops/postgres/index.ts';

/** A migration file and the owner it runs as. */
export interface Migration {
  readonly file: SqlFile;
  readonly as: string;
}

/** The migrations of a project, in the order in which they are applied. */
export async function loadMigrations(project: Project): Promise<Migration[]> {
  const folders = await Promise.all(
    project.config.migrations.map(async ({ folder, as }) => {
      const files = await readSqlFolder(project.root, join(project.root, folder));
      return files.map((file) => ({ file, as }));
    }),
  );
  return folders.flat();
}

/** An object that a migration makes, takes away again, or gives another name. */
export interface ObjectChange {
  readonly action: 'make' | 'drop' | 'rename';
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  /** What a rename makes of schema and name. */
  readonly becomes?: { readonly schema: string; readonly name: string };
}

export interface ExpectedObject {
  readonly kind: string;
  readonly schema_name: string;
  readonly object_name: string;
  readonly file: string;
}

/**
 * What a list of migrations leaves behind, read from their text: made and neither dropped, renamed nor moved since.
 * A file that does not parse is left to Postgres, whose error is the better one.
 */
export async function expectedObjects(files: readonly SqlFile[]): Promise<ExpectedObject[]> {
  const expected = new Map<string, ExpectedObject>();
  for (const file of files) {
    const statements = (await parseScript(file.text)) ?? [];
    refuseControl(file, statements);
    for (const change of statements.flatMap(changesOf)) follow(change, file, expected);
  }
  return [...expected.values()];
}

function follow(change: ObjectChange, file: SqlFile, expected: Map<string, ExpectedObject>): void {
  const { action, becomes = change } = change;
  const known = expected.get(keyOf(change.kind, change));
  expected.delete(keyOf(change.kind, change));
  if (action === 'drop') return;
  const kind = action === 'rename' ? (known?.kind ?? change.kind) : change.kind;
  const { schema, name } = becomes;
  expected.set(keyOf(kind, becomes), { kind, schema_name: schema, object_name: name, file: file.path });
}

/** Tables, views and sequences share their names, and ALTER TABLE renames any of them. */
function keyOf(kind: string, { schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([kind === 'function' || kind === 'type' ? kind : 'relation', schema, name]);
}

/** A migration may not end its transaction or leave its role: both would take away what makes applying it safe. */
function refuseControl(file: SqlFile, statements: Statement[]): void {
  for (const { kind, node, start } of statements) {
    if (kind === 'TransactionStmt') {
      throw faultAt(file, start, 'a migration runs in a transaction that Drydock begins and commits', {
        hint: 'Remove begin, commit and rollback; write "-- drydock: no-transaction" for what cannot run in one.',
      });
    }
    if (kind === 'VariableSetStmt' && ['role', 'session_authorization'].includes(node['name'])) {
      throw faultAt(file, start, 'a migration runs as the owner of its folder and may not change its role', {
        hint: 'Put the file into a folder that runs as the role it needs.',
      });
    }
  }
}

function changesOf({ kind, node }: Statement): ObjectChange[] {
  return readers[kind]?.(node) ?? [];
}

/** What each kind of statement makes or takes away. */
const readers: Record<string, (node: StatementNode) => ObjectChange[]> = {
  CreateStmt: ({ relation }) => made('table', relation),
  ViewStmt: ({ view }) => made('view', view),
  CreateTableAsStmt: ({ into, objtype }) => made(kinds[objtype] ?? 'table', into.rel),
  SelectStmt: ({ intoClause }) => (intoClause ? made('table', intoClause.rel) : []),
  CreateSeqStmt: ({ sequence }) => made('sequence', sequence),
  CompositeTypeStmt: ({ typevar }) => made('type', typevar),
  CreateEnumStmt: ({ typeName }) => madeByName('type', typeName),
  CreateDomainStmt: ({ domainname }) => madeByName('type', domainname),
  CreateRangeStmt: ({ typeName }) => madeByName('type', typeName),
  CreateFunctionStmt: ({ funcname }) => madeByName('function', funcname),
  DropStmt: ({ objects, removeType }) => dropped(kinds[removeType], objects),
  RenameStmt: ({ relation, object, renameType, newname }) => {
    const before = relation ? made(kinds[renameType], relation) : madeByName(kinds[renameType], namesIn(object));
    return before.map((change) => asRename(change, { schema: change.schema, name: newname }));
  },
  AlterObjectSchemaStmt: ({ relation, object, objectType, newschema }) => {
    const before = relation ? made(kinds[objectType], relation) : madeByName(kinds[objectType], namesIn(object));
    return before.map((change) => asRename(change, { schema: newschema, name: change.name }));
  },
};

const kinds: Record<string, string> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialised view',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'function',
  OBJECT_ROUTINE: 'function',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
};

function made(kind: string | undefined, relation: StatementNode): ObjectChange[] {
  const { schemaname: schema, relname: name, relpersistence } = relation;
  if (!kind || !schema || relpersistence === 't') return [];
  return [{ action: 'make', kind, schema, name }];
}

function madeByName(kind: string | undefined, names: StatementNode[]): ObjectChange[] {
  const [schema, name] = names.map(textOf);
  return kind && schema && name ? [{ action: 'make', kind, schema, name }] : [];
}

function dropped(kind: string | undefined, objects: StatementNode[]): ObjectChange[] {
  return objects.flatMap((object) => madeByName(kind, namesIn(object)).map(asDrop));
}

function asDrop(change: ObjectChange): ObjectChange {
  return { ...change, action: 'drop' };
}

function asRename(change: ObjectChange, becomes: { schema: string; name: string }): ObjectChange {
  return { ...change, action: 'rename', becomes };
}

/** A qualified name stands in a list, in a type name, or in a function's signature. */
function namesIn(object: StatementNode | undefined): StatementNode[] {
  return object?.['List']?.items ?? object?.['TypeName']?.names ?? object?.['ObjectWithArgs']?.objname ?? [];
}

function textOf(node: StatementNode): string | undefined {
  return node['String']?.sval;
}
