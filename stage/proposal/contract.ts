import { viewsSchema } from '../../ops/config/index.ts';
import { auditor, auditOwner, connectRole, viewsOwner } from '../../ops/contract/index.ts';
import { ownSchemas, proposeDomains, type ProposedDomain } from './domains.ts';
import type { Found, FoundRight } from './read.ts';
import { proposeRights, type ProposedRights } from './rights.ts';

export interface ProposedContract {
  readonly domains: Record<string, ProposedDomain>;
  readonly roles: Record<string, Record<string, ProposedRights>>;
  readonly views: Record<string, { reads: string[] | Record<string, string[]>; for: string[] }>;
  readonly linkers: Record<string, { call: string; updates: string[]; reads: string[] }>;
}

/** Proposes domains and a contract from what is there. What a contract cannot say goes to `notes`. */
export function proposeContract(found: Found, notes: string[]): ProposedContract {
  const domains = proposeDomains(found, notes);
  const linkers = proposeLinkers(found, domains);
  const aside = [auditor, auditOwner, viewsOwner, connectRole(found.database), 'PUBLIC', ...found.mighty];
  const others = new Set([...aside, ...Object.keys(linkers), ...Object.values(domains).map(({ owner }) => owner)]);
  const services = Object.values(domains).map(({ service }) => service);
  const holders = found.rights
    .filter(({ schema }) => Object.hasOwn(domains, schema) || schema === viewsSchema)
    .map(({ role }) => role);
  const names = [...new Set([...services, ...holders])].filter((role) => !others.has(role));
  const roles = Object.fromEntries(names.map((role) => [role, proposeRole(role, domains, found, notes)]));
  return { domains, roles, views: proposeViews(found, roles), linkers };
}

function proposeRole(role: string, domains: Record<string, ProposedDomain>, found: Found, notes: string[]) {
  const rights = Object.entries(domains).flatMap(([schema, domain]) => {
    const asService = domain.service === role ? ['select', 'insert', 'update', 'delete'] : undefined;
    const held = proposeRights(role, schema, domain, found, notes) ?? asService;
    return held ? [[schema, held] as const] : [];
  });
  const calls = found.rights.filter(
    (right) =>
      right.role === role && right.kind === 'function' && !ownSchemas.includes(right.schema) && isNameable(right),
  );
  const reads = holdsInViews(found, role, 'schema', viewsSchema) ? [[viewsSchema, ['select']] as const] : [];
  const paths = [...new Set(calls.map(pathOf))];
  return Object.fromEntries([...rights, ...reads, ...(paths.length > 0 ? [['calls', paths] as const] : [])]);
}

/** A linker owns a SECURITY DEFINER function in somebody else's domain, and may update single columns. */
function proposeLinkers(found: Found, domains: Record<string, ProposedDomain>): ProposedContract['linkers'] {
  const calls = found.rights.filter(
    (right) =>
      right.kind === 'function' &&
      right.isDefiner &&
      Object.hasOwn(domains, right.schema) &&
      right.owner !== domains[right.schema]!.owner &&
      isNameable(right),
  );
  return Object.fromEntries(
    [...Map.groupBy(calls, ({ owner }) => owner)].flatMap(([linker, [call]]) => {
      const ofLinker = found.rights.filter(({ role, schema }) => role === linker && schema !== 'drydock');
      const updates = ofLinker.filter(({ kind, verb }) => kind === 'column' && verb === 'update');
      const reads = ofLinker.filter(({ kind, verb }) => kind === 'relation' && verb === 'select');
      if (updates.length === 0) return [];
      const columns = updates.map((right) => `${pathOf(right)}.${right.column}`);
      return [[linker, { call: pathOf(call!), updates: columns, reads: reads.map(pathOf) }]];
    }),
  );
}

/** Views with their readers, and between them every right of their owner: the ones that no view explains go with the first. */
function proposeViews(found: Found, roles: ProposedContract['roles']): ProposedContract['views'] {
  const views = found.relations.filter(({ schema, is_view }) => schema === viewsSchema && is_view);
  const held = found.rights.filter(
    (right) => right.role === viewsOwner && right.verb === 'select' && isNameable(right),
  );
  const explained = new Set(found.viewReads.map(({ schema, name }) => `${schema}.${name}`));
  const surplus = held.filter((right) => !explained.has(pathOf(right)));
  return Object.fromEntries(
    views.map(({ name: view }, index) => {
      const paths = found.viewReads.filter((read) => read.view === view).map(({ schema, name }) => `${schema}.${name}`);
      const rights = [...held.filter((right) => paths.includes(pathOf(right))), ...(index === 0 ? surplus : [])];
      const readers = Object.keys(roles).filter((role) => holdsInViews(found, role, 'relation', view));
      return [view, { reads: readsOf(rights, found), for: readers }];
    }),
  );
}

function readsOf(rights: readonly FoundRight[], { relations }: Found): string[] | Record<string, string[]> {
  const byTable = [...Map.groupBy(rights, pathOf)];
  if (rights.every(({ kind }) => kind === 'relation')) return byTable.map(([path]) => path);
  const columnsOf = (path: string) => relations.find(({ schema, name }) => `${schema}.${name}` === path)?.columns ?? [];
  return Object.fromEntries(
    byTable.map(([path, of]) => [
      path,
      of.some(({ kind }) => kind === 'relation') ? [...columnsOf(path)] : of.map(({ column }) => column!),
    ]),
  );
}

/** A table elsewhere may have the name of a view. */
function holdsInViews({ rights }: Found, role: string, kind: FoundRight['kind'], object: string): boolean {
  return rights.some(
    (right) => right.role === role && right.kind === kind && right.schema === viewsSchema && right.object === object,
  );
}

/** A path has one dot, between schema and name. */
function isNameable({ schema, object }: FoundRight): boolean {
  return !`${schema}${object}`.includes('.');
}

function pathOf({ schema, object }: FoundRight): string {
  return `${schema}.${object}`;
}
