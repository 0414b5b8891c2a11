/** Roles that Drydock itself brings to every project. */
export const viewsOwner = 'views_owner';
export const auditOwner = 'audit_owner';
export const auditor = 'auditor';
export const ownRoles: readonly string[] = [viewsOwner, auditOwner, auditor];

/** The schema that every project has beside its domains. */
export const viewsSchema = 'views';

/** Whether a schema is there without anybody making it a domain. */
export function isReservedSchema(name: string): boolean {
  return (
    ['audit', 'drydock', 'extensions', 'information_schema', 'public', viewsSchema].includes(name) ||
    name.startsWith('pg_')
  );
}
