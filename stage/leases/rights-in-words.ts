import type { Config } from '../../ops/config/index.ts';
import { declaredRights, type DeclaredRight } from '../../ops/contract/index.ts';

/** What a profile may and may not do, in sentences for the one who gets it. */
export interface RightsInWords {
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

const dataVerbs = ['select', 'insert', 'update', 'delete', 'truncate'];

/** Says the rows of the contract for a profile. What the contract does not state is refused. */
export function rightsInWords(config: Config, profile: string): RightsInWords {
  const rights = declaredRights(config).filter(({ role, schema }) => role === profile && schema !== 'drydock');
  return {
    may: [...onRelations(rights), ...onFunctions(rights)],
    mayNot: [
      ...Object.keys(config.domains).flatMap((domain) => missingVerbs(domain, rights)),
      'create, alter or drop anything, temporary tables included',
      'enter another database, act as another role, or move its own end',
    ],
  };
}

function onRelations(rights: readonly DeclaredRight[]): string[] {
  const relations = rights.filter(({ kind }) => kind === 'relation' || kind === 'column');
  const byObject = Map.groupBy(relations, ({ schema, object, column }) => placeOf(schema, object, column));
  return [...byObject].map(([place, group]) => `${verbsOf(group).join(', ')} on ${place}`);
}

function placeOf(schema: string | null, object: string, column: string | null): string {
  if (object === '*') return `every table of ${schema}`;
  return column === null ? `${schema}.${object}` : `column ${column} of ${schema}.${object}`;
}

function verbsOf(rights: readonly DeclaredRight[]): string[] {
  return rights.map(({ privilege }) => privilege.toLowerCase());
}

function onFunctions(rights: readonly DeclaredRight[]): string[] {
  return rights.filter(({ kind }) => kind === 'function').map(({ schema, object }) => `call ${schema}.${object}`);
}

function missingVerbs(domain: string, rights: readonly DeclaredRight[]): string[] {
  const held = verbsOf(rights.filter(({ kind, schema }) => kind !== 'function' && schema === domain));
  const missing = dataVerbs.filter((verb) => !held.includes(verb));
  return missing.length > 0 ? [`${missing.join(', ')} in ${domain}`] : [];
}
