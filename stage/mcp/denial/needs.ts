import type { Statement, StatementNode } from '../../../ops/postgres/index.ts';
import { relationsNamed, type NamedRelation } from '../../leases/index.ts';

/** What a statement needs in order to be allowed. */
export interface Needs {
  readonly relations: readonly NamedRelation[];
  /** Functions, as `schema.name` or `name`. */
  readonly calls: readonly string[];
}

const readsItsTarget = ['UpdateStmt', 'DeleteStmt'];

export function needsOf({ kind, node }: Statement): Needs {
  const ctes = new Set(nodesIn(node, 'CommonTableExpr').map(({ ctename }) => ctename as string));
  const relations = [...named(kind, node), ...besides(kind, node)].filter(
    ({ schema, name }) => schema !== null || !ctes.has(name),
  );
  return { relations: unique(relations), calls: [...new Set(nodesIn(node, 'FuncCall').map(functionName))] };
}

function named(kind: string, node: StatementNode): NamedRelation[] {
  const relations = relationsNamed(kind, node);
  return kind === 'TruncateStmt' ? relations.map((relation) => ({ ...relation, verb: 'TRUNCATE' })) : relations;
}

/** What a statement needs of its target beyond the verb that it is named for. */
function besides(kind: string, node: StatementNode): NamedRelation[] {
  const [target] = relationsNamed(kind, { relation: node['relation'] });
  if (!target) return [];
  const looks = node['returningList'] || (readsItsTarget.includes(kind) && node['whereClause']);
  const updates = node['onConflictClause']?.action === 'ONCONFLICT_UPDATE';
  return [...(looks ? [{ ...target, verb: 'SELECT' }] : []), ...(updates ? [{ ...target, verb: 'UPDATE' }] : [])];
}

function functionName({ funcname = [] }: StatementNode): string {
  return funcname.map((part: StatementNode) => part['String']?.sval).join('.');
}

/** Every node of a kind, wherever it stands. */
function nodesIn(value: unknown, kind: string): StatementNode[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = nodesIn(inner, kind);
    return key === kind ? [inner as StatementNode, ...below] : below;
  });
}

function unique(relations: readonly NamedRelation[]): NamedRelation[] {
  return [...new Map(relations.map((relation) => [JSON.stringify(relation), relation])).values()];
}
