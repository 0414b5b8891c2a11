import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examine, type Look } from '../../stage/doctor.ts';
import { host, temporaryFolder, testHome } from '../support/home.ts';

async function backupTools(folder: string): Promise<Look | undefined> {
  const machine = { host, home: testHome, nodeVersion: process.version, port: 1, stagings: [], leftovers: [] };
  return (await examine({ ...machine, binaries: [folder] })).find(({ what }) => what === 'pg_dump');
}

test('the doctor says which servers a promotion can back up, or what to install', async () => {
  await using folder = await temporaryFolder();
  expect(await backupTools(folder.path)).toMatchObject({ state: 'absent', remedy: expect.stringContaining('PG_BIN') });
  for (const program of ['pg_dump', 'pg_restore']) {
    await writeFile(join(folder.path, program), `#!/bin/sh\necho "${program} (PostgreSQL) 17.2"\n`, { mode: 0o755 });
  }
  expect(await backupTools(folder.path)).toMatchObject({
    state: 'good',
    seen: '17.2, which reads servers up to Postgres 17',
  });
});
