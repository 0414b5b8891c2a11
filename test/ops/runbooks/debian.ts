import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const debian = { lib: '/usr/lib/postgresql/15', share: '/usr/share/postgresql/15' };

/** Why nothing that needs psql, pg_dump and a server that fits them can run here; undefined when it can. */
export const missing = existsSync(join(debian.lib, 'bin/pg_dump')) ? undefined : `without ${debian.lib}`;

/** The Postgres 15 of the system, laid out as the package with our 16 is. */
export async function debianBinaries(folder: string): Promise<{ folder: string; version: string }> {
  const binaries = join(folder, 'debian15');
  await mkdir(join(binaries, 'share'), { recursive: true });
  await symlink(join(debian.lib, 'bin'), join(binaries, 'bin'));
  await symlink(join(debian.lib, 'lib'), join(binaries, 'lib'));
  await symlink(debian.share, join(binaries, 'share/postgresql'));
  await writeFile(join(binaries, 'pg-symlinks.json'), '[]');
  return { folder: binaries, version: '15-debian' };
}
