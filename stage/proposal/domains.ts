import { viewsSchema } from '../../ops/config/index.ts';
import { enumerated } from './enumerated.ts';
import type { Found, FoundRight } from './read.ts';

export interface ProposedDomain {
  readonly owner: string;
  readonly service: string;
  readonly private?: string[];
}

/** Schemas that Drydock brings itself. */
export const ownSchemas = [viewsSchema, 'audit', 'drydock', 'extensions'];
/** In bytes. */
const longestName = 63;
const dataVerbs = ['select', 'insert', 'update', 'delete'];

/** Every schema with tables in it is proposed as a domain. */
export function proposeDomains(found: Found, notes: string[]): Record<string, ProposedDomain> {
  const tables = found.relations.filter(({ schema, is_view }) => !ownSchemas.includes(schema) && !is_view);
  const bySchema = Map.groupBy(tables, ({ schema }) => schema);
  const owners = [...bySchema.values()].map(([first]) => first!.schema_owner);
  const shared = owners.filter((owner, index) => owners.indexOf(owner) !== index);
  return Object.fromEntries(
    [...bySchema].map(([schema, [first]]) => {
      const present = first!.schema_owner;
      noteOtherOwners(schema, present, found, notes);
      const owner = ownerOf(schema, present, { ...found, shared }, notes);
      const service = serviceOf(schema, present, found, notes);
      const hidden = service === present ? [] : privateTables(schema, found);
      return [schema, { owner, service, ...(hidden.length > 0 ? { private: hidden } : {}) }];
    }),
  );
}

function noteOtherOwners(schema: string, present: string, { relations }: Found, notes: string[]): void {
  const others = relations.filter((relation) => relation.schema === schema && relation.owner !== present);
  if (others.length === 0) return;
  const names = enumerated(others.map(({ name, owner }) => `${name} (${owner})`));
  notes.push(`${schema}: a domain has one owner, and not everything belongs to ${present}, the schema's: ${names}.`);
}

/** An owner owns one domain and does nothing else: it does not log in, stand above grants, or have rights elsewhere. */
function ownerOf(
  schema: string,
  present: string,
  { mighty, logins, rights, shared }: Found & { shared: readonly string[] },
  notes: string[],
): string {
  const elsewhere = rights.some((right) => right.role === present && !ownSchemas.includes(right.schema));
  if (!mighty.includes(present) && !logins.includes(present) && !elsewhere && !shared.includes(present)) return present;
  const owner = derivedName(schema, '_owner');
  notes.push(`${schema} belongs to ${present}, who does more than own it; ${owner} is proposed in its place.`);
  return owner;
}

/** A role named after a schema. Postgres would cut the end off, which is what tells them apart. */
function derivedName(schema: string, suffix: string): string {
  const stem = [...schema];
  while (Buffer.byteLength(`${stem.join('')}${suffix}`) > longestName) stem.pop();
  return `${stem.join('')}${suffix}`;
}

/** The role with the most rights on data serves the domain; where only the owner writes, the one that logs in as it does. */
function serviceOf(schema: string, present: string, { rights, mighty, logins }: Found, notes: string[]): string {
  const held = rights.filter((right) => isOnRelation(right, schema) && dataVerbs.includes(right.verb));
  const [best] = [...Map.groupBy(held, ({ role }) => role)]
    .filter(([role, ofRole]) => ![...mighty, 'PUBLIC'].includes(role) && ofRole.some(({ verb }) => verb === 'insert'))
    .sort(([, a], [, b]) => b.length - a.length);
  if (best) return best[0];
  const service = logins.includes(present) && !mighty.includes(present) ? present : derivedName(schema, '_service');
  notes.push(
    `${schema}: nobody but its owner writes there; ${service} is proposed as its service, with every right on its rows.`,
  );
  return service;
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
