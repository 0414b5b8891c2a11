/** Roles that Drydock itself brings to every project. */
export const viewsOwner = 'views_owner';
export const auditOwner = 'audit_owner';
export const auditor = 'auditor';
export const ownRoles: readonly string[] = [viewsOwner, auditOwner, auditor];

/** The schema that every project has beside its domains. */
export const viewsSchema = 'views';

/** Whether a schema is Drydock's or the server's own. `public` is neither: many projects live in it. */
export function isReservedSchema(name: string): boolean {
  return ['audit', 'drydock', 'extensions', 'information_schema', viewsSchema].includes(name) || name.startsWith('pg_');
}
