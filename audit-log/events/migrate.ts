import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { DrydockError } from '../../ops/errors.ts';
import { readSqlFolder, runFile, type Session, type SqlFile } from '../../ops/postgres/index.ts';

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
 * @throws DrydockError EVENTS_MIGRATION_EDITED when an applied file is not what it was
 */
export async function migrateEvents(session: Session, options: { daysBack: number }): Promise<MigrateReport> {
  return session.transaction(async () => {
    await session.query("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('drydock events migrate'))");
    await session.script(log);
    const { rows } = await session.query<{ file: string; sha256: string }>(
      'select file, sha256 from drydock.tool_event_migration',
    );
    const known = new Map(rows.map(({ file, sha256 }) => [file, sha256]));
    const applied: string[] = [];
    for (const file of await toolEventMigrations()) {
      refuseEdited(file, known.get(file.path));
      if (known.has(file.path)) continue;
      await runFile(session, file);
      await session.query('insert into drydock.tool_event_migration (file, sha256) values ($1, $2)', [
        file.path,
        file.sha256,
      ]);
      applied.push(file.path);
    }
    const { made } = await session.row<{ made: number }>(
      `select audit.make_tool_event_partitions((now() at time zone 'UTC')::date - $1::integer, (now() at time zone 'UTC')::date + 7) as made`,
      [options.daysBack],
    );
    return { applied, present: [...known.keys()], partitions: made };
  });
}

/** Stands before the first migration, so it cannot be one. */
const log = `create schema if not exists drydock;
create table if not exists drydock.tool_event_migration (file text primary key, sha256 text not null, applied_at timestamptz not null default now());
comment on table drydock.tool_event_migration is 'Migrations of the tool event table applied to this database.'`;

function refuseEdited(file: SqlFile, applied: string | undefined): void {
  if (applied === undefined || applied === file.sha256) return;
  throw new DrydockError(
    'EVENTS_MIGRATION_EDITED',
    `${file.path} was applied to this database and has been edited since.`,
    {
      hint: 'Restore the file, and put the change into a new one.',
    },
  );
}
