import type { StatementNode } from '../../ops/postgres/index.ts';

/** What a statement does with the relation that it names first; all others it reads. */
const targetVerbs: Record<string, string> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'UPDATE',
};

/** The relations that a parsed statement names, as `VERB schema.relation`; without the schema where it is not said. */
export function relationsIn(kind: string, node: StatementNode): string[] {
  const verb = kind === 'CopyStmt' && node['is_from'] ? 'INSERT' : (targetVerbs[kind] ?? 'SELECT');
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'relation' && isObject(value) && 'relname' in value ? [`${verb} ${nameOf(value)}`] : inValue(key, value),
  );
}

function inValue(key: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => inValue(key, item));
  if (!isObject(value)) return [];
  return key === 'RangeVar' ? [`SELECT ${nameOf(value)}`] : relationsIn(key, value);
}

function nameOf({ schemaname, relname }: StatementNode): string {
  return schemaname ? `${schemaname}.${relname}` : relname;
}

function isObject(value: unknown): value is StatementNode {
  return typeof value === 'object' && value !== null;
}
