import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFolder, type Session, type SqlFile } from '../../ops/postgres/index.ts';
import { applyMigrations, migrating, type AppliedMigrations } from '../store-migrations.ts';

/** The DDL of the audit record, in order. */
export async function recordMigrations(): Promise<SqlFile[]> {
  return readSqlFolder(builtinRoot, join(builtinSql, 'records'));
}

/**
 * Makes the audit record in any Postgres 15 or later, as a superuser or as a database owner with CREATEROLE.
 * @returns what was applied, and who schedules the work inside the database
 * @throws DrydockError RECORDS_MIGRATION_EDITED when an applied file is not what it was, STORE_FORBIDDEN
 */
export async function migrateRecords(session: Session): Promise<AppliedMigrations & { readonly scheduler: string }> {
  const files = await recordMigrations();
  return migrating(session, () =>
    session.transaction(async () => {
      await lendOwner(session);
      const done = await applyMigrations(session, {
        files,
        log: 'record_migration',
        editedCode: 'RECORDS_MIGRATION_EDITED',
      });
      const { scheduler } = await session.row<{ scheduler: string }>('select audit.schedule_audit_jobs() as scheduler');
      await giveOwnerBack(session);
      return { ...done, scheduler };
    }),
  );
}

/** From the second time on the role is there; the first time the first file lends it. */
async function lendOwner(session: Session): Promise<void> {
  const { lacking } = await session.row<{ lacking: boolean }>(
    `select exists (
         select from pg_catalog.pg_roles
         where rolname = 'record_owner' and not pg_catalog.pg_has_role(current_user, oid, 'usage')
     ) as lacking`,
  );
  if (lacking) await session.query('grant record_owner to current_user');
}

/** Whoever migrates is not to own what he migrated. A superuser was never a member. */
async function giveOwnerBack(session: Session): Promise<void> {
  await session.query('revoke record_owner from current_user');
}
