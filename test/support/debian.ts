import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const lib = '/usr/lib/postgresql/15';

/** Where psql, pg_dump and pg_restore of the system's Postgres 15 are. */
export const debianBin = join(lib, 'bin');

/** Why nothing that needs the system's Postgres 15 can run here; undefined when it can. */
export const withoutDebian = existsSync(join(debianBin, 'pg_dump')) ? undefined : `without ${lib}`;

/** Ends the name of a test that needs it. */
export const skipNote = withoutDebian ? ` (skipped ${withoutDebian})` : '';

const cronControl = '/usr/share/postgresql/15/extension/pg_cron.control';

/** Why nothing that needs pg_cron in it can run here; undefined when it can. What DRYDOCK_REQUIRE names has to be there. */
export const withoutCron = cronIsRequired() || existsSync(cronControl) ? undefined : `without ${cronControl}`;

function cronIsRequired(): boolean {
  return process.env['DRYDOCK_REQUIRE']?.split(',').includes('pg_cron') ?? false;
}

/** The Postgres 15 of the system, laid out in the folder as the package with our 16 is. */
export async function debianBinaries(folder: string): Promise<{ folder: string; version: string }> {
  const binaries = await mkdtemp(join(folder, 'debian15-'));
  await chmod(binaries, 0o711); // the server's account starts what is in it
  await mkdir(join(binaries, 'share'));
  await symlink(debianBin, join(binaries, 'bin'));
  await symlink(join(lib, 'lib'), join(binaries, 'lib'));
  await symlink('/usr/share/postgresql/15', join(binaries, 'share/postgresql'));
  await writeFile(join(binaries, 'pg-symlinks.json'), '[]');
  return { folder: binaries, version: '15-debian' };
}
