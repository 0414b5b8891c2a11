import { viewsSchema } from '../../ops/config/index.ts';
import type { Found, FoundRight } from './read.ts';

export interface ProposedDomain {
  readonly owner: string;
  readonly service: string;
  readonly private?: string[];
}

/** Schemas that Drydock brings itself. */
export const ownSchemas = [viewsSchema, 'audit', 'drydock', 'extensions'];
const dataVerbs = ['select', 'insert', 'update', 'delete'];

/** Every schema with tables in it is proposed as a domain. */
export function proposeDomains(found: Found, notes: string[]): Record<string, ProposedDomain> {
  const tables = found.relations.filter(({ schema, is_view }) => !ownSchemas.includes(schema) && !is_view);
  const bySchema = Map.groupBy(tables, ({ schema }) => schema);
  return Object.fromEntries(
    [...bySchema].map(([schema, [first]]) => {
      const owner = ownerOf(schema, first!.schema_owner, found, notes);
      const service = serviceOf(schema, first!.schema_owner, found, notes);
      const hidden = privateTables(schema, found);
      return [schema, { owner, service, ...(hidden.length > 0 ? { private: hidden } : {}) }];
    }),
  );
}

/** An owner has nothing but its schema: a superuser, or a role that also serves another schema's rows, is none. */
function ownerOf(schema: string, present: string, { mighty, relations }: Found, notes: string[]): string {
  const others = relations.filter((relation) => relation.schema === schema && relation.owner !== present);
  if (others.length > 0) {
    const names = others.map(({ name, owner }) => `${name} (${owner})`).join(', ');
    notes.push(
      `${schema}: not everything belongs to ${present}, the owner of the schema: ${names}. A domain has one owner.`,
    );
  }
  if (!mighty.includes(present)) return present;
  notes.push(`${schema} belongs to ${present}, who stands above grants; ${schema}_owner is proposed in its place.`);
  return `${schema}_owner`;
}

/** The role that holds the most rights on data serves the domain. */
function serviceOf(schema: string, owner: string, { rights, mighty }: Found, notes: string[]): string {
  const held = rights.filter(
    (right) => isOnRelation(right, schema) && dataVerbs.includes(right.verb) && right.role !== 'PUBLIC',
  );
  const counts = [...Map.groupBy(held, ({ role }) => role)]
    .filter(
      ([role, ofRole]) => role !== owner && !mighty.includes(role) && ofRole.some(({ verb }) => verb === 'insert'),
    )
    .sort(([, a], [, b]) => b.length - a.length);
  const [best] = counts;
  if (best) return best[0];
  notes.push(
    `${schema}: no role but its owner writes there; ${schema}_service is proposed, with every right on its rows.`,
  );
  return `${schema}_service`;
}

/** Tables that nobody was granted, where the others were. */
function privateTables(schema: string, { relations, rights }: Found): string[] {
  const granted = new Set(rights.filter((right) => isOnRelation(right, schema)).map(({ object }) => object));
  if (granted.size === 0) return [];
  return relations
    .filter((relation) => relation.schema === schema && !relation.is_view && !granted.has(relation.name))
    .map(({ name }) => name);
}

function isOnRelation({ kind, schema }: FoundRight, wanted: string): boolean {
  return (kind === 'relation' || kind === 'column') && schema === wanted;
}
