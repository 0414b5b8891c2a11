import type { Config } from '../../ops/config/index.ts';
import { viewsSchema } from '../../ops/config/index.ts';
import { declaredRights, rolesOf, type DeclaredRight } from '../../ops/contract/index.ts';

/** What a role may do in a schema, in the words of the contract. */
export interface ContractCell {
  readonly role: string;
  readonly schema: string;
  /** Verbs on every table, in lower case. */
  readonly everywhere: readonly string[];
  /** Verbs on some tables, columns, views or functions only. */
  readonly inPlaces: readonly string[];
}

export interface ContractGrid {
  readonly roles: readonly string[];
  readonly schemas: readonly string[];
  readonly cells: readonly ContractCell[];
}

/** The contract as a grid: who, where, what. Roles without a right in any domain or view are left out. */
export function contractGrid(config: Config): ContractGrid {
  const schemas = [...Object.keys(config.domains), viewsSchema];
  const rights = declaredRights(config).filter(
    ({ schema, kind }) => schemas.includes(schema ?? '') && kind !== 'schema',
  );
  const groups = Map.groupBy(rights, ({ role, schema }) => JSON.stringify([role, schema]));
  const cells = [...groups.values()].map(cellOf);
  const roles = rolesOf(config).filter((role) => cells.some((cell) => cell.role === role));
  return { roles, schemas, cells };
}

function cellOf(rights: readonly DeclaredRight[]): ContractCell {
  const [{ role, schema }] = rights as [DeclaredRight];
  const verbsOf = (chosen: readonly DeclaredRight[]) => [
    ...new Set(chosen.map(({ privilege }) => privilege.toLowerCase())),
  ];
  const everywhere = verbsOf(rights.filter(({ object }) => object === '*'));
  const inPlaces = verbsOf(rights.filter(({ object }) => object !== '*')).filter((verb) => !everywhere.includes(verb));
  return { role, schema: schema!, everywhere, inPlaces };
}

/** The cell in one line: what holds for some places only stands in brackets. */
export function cellText({ everywhere, inPlaces }: ContractCell): string {
  return [everywhere.join(', '), inPlaces.length > 0 ? `[${inPlaces.join(', ')}]` : ''].filter(Boolean).join(' ');
}
