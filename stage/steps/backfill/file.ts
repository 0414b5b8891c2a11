import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration, type Project } from '../../../ops/config/index.ts';
import { rowsOfCsv } from '../../../ops/csv.ts';
import { codeOf, DrydockError } from '../../../ops/errors.ts';
import {
  readSqlFolder,
  requireHeader,
  sectionsOf,
  type SqlFile,
  type SqlSection,
} from '../../../ops/postgres/index.ts';
import type { Actor } from '../../confined/index.ts';

/** A backfill: what is still to do, what to do, and in what portions. */
export interface Backfill {
  readonly file: SqlFile;
  readonly title: string;
  /** The service role it runs as, or the lease. */
  readonly as: Actor;
  /** The table that is walked by primary key, `schema.table`; without one the change is a single statement. */
  readonly walks: string | undefined;
  readonly todo: SqlSection;
  readonly change: SqlSection;
  readonly report: SqlSection | undefined;
  /** The rows of its CSV file as JSON, for `:'csv'` in its statements. */
  readonly csv: string | undefined;
  readonly batch: number;
  readonly lockTimeoutMs: number;
}

/** The backfills of a project, in order of name. */
export async function loadBackfills(project: Project): Promise<Backfill[]> {
  const { folder } = project.config.backfills;
  if (!folder) return [];
  const files = await readSqlFolder(project.root, join(project.root, folder));
  return Promise.all(files.map((file) => backfillOf(file, project)));
}

async function backfillOf(file: SqlFile, project: Project): Promise<Backfill> {
  const { todo, change, report } = sectionsOf(file);
  if (!todo || !change) {
    throw new DrydockError('BACKFILL_SECTIONS', `${file.path} has no ${todo ? 'change' : 'todo'} section.`, {
      hint: 'A backfill has a line "-- drydock: todo" above a count of what is left, and "-- drydock: change" above the statement.',
    });
  }
  const walks = file.header['walks'];
  if (walks && !change.text.includes(':batch')) {
    throw new DrydockError('BACKFILL_SECTIONS', `${file.path} walks ${walks}, but its change has no :batch.`, {
      hint: 'Write "where :batch and …" so that each batch changes its own rows only.',
    });
  }
  if (walks && file.header['csv']) {
    throw new DrydockError(
      'BACKFILL_HEADER',
      `${file.path} walks ${walks} and reads a CSV file; it can do one of them.`,
      {
        hint: 'Load the CSV in a backfill of its own.',
      },
    );
  }
  return {
    file,
    title: requireHeader(file, 'title'),
    as: { role: requireHeader(file, 'as'), how: 'role' },
    walks,
    todo,
    change,
    report,
    csv: await readCsv(file, project.root),
    batch: batchOf(file, project),
    lockTimeoutMs: parseDuration(project.config.backfills.lockTimeout),
  };
}

function batchOf({ header, path }: SqlFile, { config }: Project): number {
  const batch = Number(header['batch'] ?? config.backfills.batch);
  if (Number.isInteger(batch) && batch > 0) return batch;
  throw new DrydockError('BACKFILL_HEADER', `${path}: "${header['batch']}" is not a number of rows.`, {
    hint: 'Write "-- batch: 5000", or leave the line out.',
  });
}

async function readCsv(file: SqlFile, root: string): Promise<string | undefined> {
  const path = file.header['csv'];
  if (!path) return undefined;
  try {
    const rows = rowsOfCsv(await readFile(join(root, path)));
    return JSON.stringify(rows);
  } catch (error) {
    throw new DrydockError(
      'BACKFILL_CSV',
      `${file.path} reads ${path}, which cannot be read as CSV: ${codeOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}
