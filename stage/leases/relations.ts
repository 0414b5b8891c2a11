import type { StatementNode } from '../../ops/postgres/index.ts';

/** What a statement does with the relation that it names first; all others it reads. */
const targetVerbs: Record<string, string> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'UPDATE',
};

/** A relation that a statement names, and what it does with it. */
export interface NamedRelation {
  readonly verb: string;
  /** Null where the statement leaves it to the search path. */
  readonly schema: string | null;
  readonly name: string;
}

/** The relations that a parsed statement names, as `VERB schema.relation`; without the schema where it is not said. */
export function relationsIn(kind: string, node: StatementNode): string[] {
  return relationsNamed(kind, node).map(
    ({ verb, schema, name }) => `${verb} ${schema === null ? '' : `${schema}.`}${name}`,
  );
}

/** The relations that a parsed statement names, the names of its CTEs among them. */
export function relationsNamed(kind: string, node: StatementNode): NamedRelation[] {
  const verb = kind === 'CopyStmt' && node['is_from'] ? 'INSERT' : (targetVerbs[kind] ?? 'SELECT');
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'relation' && isObject(value) && 'relname' in value ? [named(verb, value)] : inValue(key, value),
  );
}

function inValue(key: string, value: unknown): NamedRelation[] {
  if (Array.isArray(value)) return value.flatMap((item) => inValue(key, item));
  if (!isObject(value)) return [];
  return key === 'RangeVar' ? [named('SELECT', value)] : relationsNamed(key, value);
}

function named(verb: string, { schemaname, relname }: StatementNode): NamedRelation {
  return { verb, schema: schemaname || null, name: relname };
}

function isObject(value: unknown): value is StatementNode {
  return typeof value === 'object' && value !== null;
}
