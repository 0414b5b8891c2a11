import { join } from 'node:path';
import type { Project } from '../ops/config/index.ts';
import { csvOf } from '../ops/csv.ts';
import { isSuperuser, readSqlFolder, requireHeader, type Session } from '../ops/postgres/index.ts';
import { readAs } from './checks.ts';
import type { Evidence } from './step.ts';

/** The rows that a query of `checks.gaps` found, as evidence. */
export interface GapList extends Evidence {
  readonly rows: number;
}

/**
 * Runs every query of `checks.gaps`, read-only and as the role it names, inside the open transaction. A list without rows
 * has its header all the same: it was looked for, and nothing was found.
 */
export async function listGaps(session: Session, { config, root }: Project): Promise<GapList[]> {
  if (config.checks.gaps === undefined) return [];
  const how = (await isSuperuser(session)) ? 'login' : 'role';
  const lists: GapList[] = [];
  for (const file of await readSqlFolder(root, join(root, config.checks.gaps))) {
    const { rows, fields } = await readAs<Record<string, unknown>>(
      session,
      { role: requireHeader(file, 'as'), how },
      file,
    );
    const title = `${requireHeader(file, 'title')}: ${rows.length}`;
    lists.push({ name: `${file.name}.csv`, title, content: csvOf(rows, fields), rows: rows.length });
  }
  return lists;
}
