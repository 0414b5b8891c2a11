import type { Session } from '../../ops/postgres/index.ts';
import { cloneQuery } from './queries.ts';

/** The files that hold the catalogs and sequences of a database, and what they come to. */
export interface CatalogFiles {
  readonly names: readonly string[];
  readonly sha256: string;
}

/** The names of those files, which are the same in a copy; null where the server does not let us read them. */
export async function catalogFileNames(inside: Session): Promise<readonly string[] | null> {
  const [found] = await cloneQuery<{ names: string[] }>(inside, 'catalog_files');
  return found?.names ?? null;
}

/** What files of a database come to, as they are on the disk. @param server a session on any database of the server */
export async function sha256OfFiles(server: Session, database: string, names: readonly string[]): Promise<string> {
  const [found] = await cloneQuery<{ sha256: string }>(server, 'files_sha256', [database, names]);
  return found!.sha256;
}

/**
 * What the catalogs of a copy come to, where its files are those of its original. They differ when somebody was in the
 * original between: then both are asked for what they hold.
 */
export async function filesAlike(
  server: Session,
  { from, to }: { from: string; to: string },
  names: readonly string[],
): Promise<CatalogFiles | null> {
  const sha256 = await sha256OfFiles(server, from, names);
  return sha256 === (await sha256OfFiles(server, to, names)) ? { names, sha256 } : null;
}
