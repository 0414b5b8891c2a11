import { verbs } from '../../ops/config/index.ts';
import type { ProposedDomain } from './domains.ts';
import type { Found, FoundRelation, FoundRight } from './read.ts';

/** What a role may do in one schema, in the shape of the contract. */
export type ProposedRights = string[] | Record<string, string[] | Record<string, string[]>>;

/** A role's rights in a schema: on all of it where they are the same for every table, else table by table or column by column. */
export function proposeRights(
  role: string,
  schema: string,
  domain: ProposedDomain,
  found: Found,
  notes: string[],
): ProposedRights | undefined {
  const held = found.rights.filter((right) => right.role === role && right.schema === schema);
  const relations = found.relations.filter((relation) => relation.schema === schema);
  const used = verbs.filter((verb) => held.some((right) => isDataRight(right) && right.verb === verb));
  if (used.length === 0) return undefined;
  const whole = used.filter((verb) => reachesAll(verb, held, relations, domain.private ?? []));
  if (whole.length === used.length) return whole;
  return Object.fromEntries(used.map((verb) => [verb, narrowed(role, verb, held, relations, notes)]));
}

/** Whether the verb is held on exactly what a right on the whole schema would reach. */
function reachesAll(
  verb: string,
  held: readonly FoundRight[],
  relations: readonly FoundRelation[],
  hidden: readonly string[],
): boolean {
  const ofVerb = held.filter((right) => right.verb === verb && isDataRight(right));
  if (ofVerb.some(({ kind }) => kind === 'column')) return false;
  const reached = relations.filter(({ name, is_view }) => !hidden.includes(name) && (verb === 'select' || !is_view));
  const names = new Set(ofVerb.map(({ object }) => object));
  return names.size === reached.length && reached.every(({ name }) => names.has(name));
}

function narrowed(
  role: string,
  verb: string,
  held: readonly FoundRight[],
  relations: readonly FoundRelation[],
  notes: string[],
): string[] | Record<string, string[]> {
  const ofVerb = held.filter((right) => right.verb === verb);
  const tables = ofVerb.filter(({ kind }) => kind === 'relation').map(({ object }) => object);
  const columns = ofVerb.filter(({ kind, object }) => kind === 'column' && !tables.includes(object));
  if (columns.length === 0) return tables;
  if (tables.length > 0) {
    notes.push(
      `${role}: ${verb} is held on whole tables and on columns; the whole ones are stated by their columns of today.`,
    );
  }
  const columnsOf = (table: string) => relations.find(({ name }) => name === table)?.columns ?? [];
  return {
    ...Object.fromEntries(tables.map((table) => [table, [...columnsOf(table)]])),
    ...Object.fromEntries(
      [...Map.groupBy(columns, ({ object }) => object)].map(([table, of]) => [table, of.map(({ column }) => column!)]),
    ),
  };
}

function isDataRight({ kind }: FoundRight): boolean {
  return kind === 'relation' || kind === 'column';
}
