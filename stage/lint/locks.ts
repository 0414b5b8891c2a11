import type { Statement, StatementNode } from '../../ops/postgres/index.ts';
import { nodesNamed } from './walk.ts';

const rewrites = 'rewrites the table under an exclusive lock';

/** Statements as a whole that hold a lock while something is read or rewritten, and when they do. */
const statements: Readonly<Record<string, [when: (node: StatementNode) => boolean, detail: string]>> = {
  IndexStmt: [({ concurrent }) => !concurrent, 'create index without concurrently blocks every write'],
  DropStmt: [
    ({ removeType, concurrent }) => removeType === 'OBJECT_INDEX' && !concurrent,
    'drop index without concurrently waits for every query, and every query waits for it',
  ],
  RefreshMatViewStmt: [({ concurrent }) => !concurrent, 'refresh without concurrently blocks every reader'],
  ClusterStmt: [() => true, `cluster ${rewrites}`],
  VacuumStmt: [
    ({ options }) => nodesNamed(options, 'DefElem').some(({ defname }) => defname === 'full'),
    `vacuum full ${rewrites}`,
  ],
};

/** Parts of an `alter table` that do. */
const commands: Readonly<Record<string, string>> = {
  AT_AlterColumnType: `changing a type ${rewrites}`,
  AT_SetNotNull: 'set not null reads the table under an exclusive lock: add a check not valid, validate it first',
  AT_SetLogged: `set logged ${rewrites}`,
  AT_SetUnLogged: `set unlogged ${rewrites}`,
};

/** What of a statement on an existing table holds a lock while the whole table is read or rewritten. */
export function lockingParts({ kind, node }: Pick<Statement, 'kind' | 'node'>): string[] {
  const [when, detail] = statements[kind] ?? [];
  if (when?.(node)) return [detail!];
  if (kind !== 'AlterTableStmt') return [];
  return nodesNamed(node['cmds'], 'AlterTableCmd').flatMap(({ subtype, def }) => {
    const known = commands[subtype];
    if (known !== undefined) return [known];
    if (subtype === 'AT_AddConstraint') return constraintLocks(def.Constraint);
    return subtype === 'AT_AddColumn' ? columnLocks(def.ColumnDef) : [];
  });
}

const validated = new Set(['CONSTR_FOREIGN', 'CONSTR_CHECK']);
const indexed = new Set(['CONSTR_UNIQUE', 'CONSTR_PRIMARY', 'CONSTR_EXCLUSION']);

function constraintLocks({ contype, skip_validation: later, indexname }: StatementNode): string[] {
  if (validated.has(contype) && !later) {
    return ['a constraint that is not "not valid" reads the table under a lock: validate it in a second migration'];
  }
  if (!indexed.has(contype) || indexname !== undefined) return [];
  return [
    'a constraint that builds its index holds an exclusive lock meanwhile: build it concurrently, add it "using index"',
  ];
}

const numbered = new Set(['smallserial', 'serial', 'bigserial', 'serial2', 'serial4', 'serial8']);
/** Functions that say something else for every row, so that every row must be written. */
const changing = new Set([
  'clock_timestamp',
  'gen_random_uuid',
  'nextval',
  'random',
  'timeofday',
  'uuid_generate_v1',
  'uuid_generate_v4',
]);

function columnLocks({ typeName, constraints }: StatementNode): string[] {
  const stated = nodesNamed(constraints, 'Constraint');
  const has = (contype: string) => stated.some((one) => one['contype'] === contype);
  const isNumbered = has('CONSTR_IDENTITY') || numbered.has(typeName.names?.at(-1)?.String?.sval);
  if (isNumbered) return [`a column that numbers its rows ${rewrites}`];
  if (has('CONSTR_GENERATED')) return [`a stored generated column ${rewrites}`];
  const defaults = stated.filter(({ contype }) => contype === 'CONSTR_DEFAULT');
  const calls = nodesNamed(defaults, 'FuncCall').map(({ funcname }) => funcname.at(-1).String.sval);
  return calls.some((name) => changing.has(name)) ? [`a default that differs from row to row ${rewrites}`] : [];
}

/** What of a statement takes away something that running code may name, or may not know. */
export function breakingParts({ kind, node }: Pick<Statement, 'kind' | 'node'>): string[] {
  if (kind === 'RenameStmt' && ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_COLUMN'].includes(node['renameType'])) {
    return ['whoever uses the old name fails from then on'];
  }
  if (kind === 'DropStmt' && ['OBJECT_TABLE', 'OBJECT_VIEW'].includes(node['removeType']))
    return ['it cannot be brought back'];
  if (kind === 'TruncateStmt' && node['behavior'] === 'DROP_CASCADE')
    return ['truncate cascade empties whatever refers to it'];
  if (kind !== 'AlterTableStmt') return [];
  return nodesNamed(node['cmds'], 'AlterTableCmd').flatMap(({ subtype, def }) => {
    if (subtype === 'AT_DropColumn') return ['a dropped column cannot be brought back, and whoever names it fails'];
    return subtype === 'AT_AddColumn' && isRequired(def.ColumnDef)
      ? ['a required column without a default is refused where there are rows, and by inserts that do not know it']
      : [];
  });
}

function isRequired({ constraints, typeName }: StatementNode): boolean {
  const kinds = nodesNamed(constraints, 'Constraint').map(({ contype }) => contype);
  const isFilled = ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((kind) => kinds.includes(kind));
  return kinds.includes('CONSTR_NOTNULL') && !isFilled && !numbered.has(typeName.names?.at(-1)?.String?.sval);
}
