import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFolder, type Session, type SqlFile } from '../../ops/postgres/index.ts';
import { applyMigrations, migrating } from '../store-migrations.ts';

export interface MigrateReport {
  /** Files applied now, or in a dry run those that would be. */
  readonly applied: readonly string[];
  readonly present: readonly string[];
  /** Partitions made now. */
  readonly partitions: number;
}

/** The DDL of the tool event table, in order. */
export async function toolEventMigrations(): Promise<SqlFile[]> {
  return readSqlFolder(builtinRoot, join(builtinSql, 'tool-events'));
}

/**
 * Makes the table, its roles, its guards and its partitions, or what is missing of them.
 * @param options.daysBack partitions are made for that many past days, for the events that are still in files
 * @throws DrydockError EVENTS_MIGRATION_EDITED when an applied file is not what it was, STORE_FORBIDDEN
 */
export async function migrateEvents(session: Session, options: { daysBack: number }): Promise<MigrateReport> {
  const files = await toolEventMigrations();
  return migrating(session, () =>
    session.transaction(async () => {
      const done = await applyMigrations(session, {
        files,
        log: 'tool_event_migration',
        editedCode: 'EVENTS_MIGRATION_EDITED',
      });
      const { made } = await session.row<{ made: number }>(
        `select audit.make_tool_event_partitions((now() at time zone 'UTC')::date - $1::integer, (now() at time zone 'UTC')::date + 7) as made`,
        [options.daysBack],
      );
      return { ...done, partitions: made };
    }),
  );
}
