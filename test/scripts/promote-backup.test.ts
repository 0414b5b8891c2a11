import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { debianBin, debianBinaries, skipNote, withoutDebian } from '../support/debian.ts';
import { temporaryFolder } from '../support/home.ts';
import { TlsServer } from '../stage/providers/remote/tls-server.ts';
import { Production, promotionTo, promotingProject } from '../support/production.ts';
import type { TestProject } from '../support/project.ts';
import { rehearseAndSign } from '../support/team.ts';

describe('the backup of a promotion', () => {
  test('of a server that no pg_dump here can read is a no-go with the way out', async () => {
    await using live = await Production.start('promote-16');
    await using project = await dumpingProject('dumps');
    const none = await promotionTo(project, live, '--bootstrap');
    expect(none).toMatchObject({ outcome: 'no-go', state: 'untouched', backup: null });
    expect(none.measurements.at(-1)!.findings[0]!.remedy).toContain('PG_BIN');
  });

  test.skipIf(withoutDebian)(`is made and read back on a Postgres 15${skipNote}`, async () => {
    await using folder = await temporaryFolder();
    await using old = await Production.start('promote-15', await debianBinaries(folder.path));
    await using project = await dumpingProject('.drydock/dumps');
    const done = await promotionTo(project, old, '--bootstrap');
    expect(done.measurements.flatMap(({ findings }) => findings)).toEqual([]);
    expect(done).toMatchObject({ outcome: 'go', state: 'promoted', serverVersion: expect.stringMatching(/^15/) });
    expect(done.backup).toMatchObject({ kind: 'dump', tool: expect.stringContaining('pg_dump 15') });
    await project.write('sql/desk/0020_more.sql', 'alter table desk.tickets add column more text;\n');
    const others = ['live-2-promote-20200101T000000Z-0a1b2c3d.dump', 'notes.txt'];
    for (const name of ['live-promote-20200101T000000Z-0a1b2c3d.dump', ...others])
      await project.write(`.drydock/dumps/${name}`, '');
    await rehearseAndSign(project);
    const next = await promotionTo(project, old);
    expect(next).toMatchObject({ outcome: 'go', state: 'promoted' });
    const { file } = next.backup!;
    const dumps = [done.backup!.file, file].map((path) => basename(path));
    expect((await readdir(dirname(file))).toSorted()).toEqual([...dumps, ...others].toSorted());
    await old.renew('restored');
    await execa(join(debianBin, 'pg_restore'), ['--exit-on-error', '--dbname', old.urlOf('restored'), file]);
    expect(await old.ask('select count(*) from shop.orders', 'restored')).toBe(0);
  });

  test.skipIf(withoutDebian)(`is made over TLS from a server with an authority of its own${skipNote}`, async () => {
    await using folder = await temporaryFolder();
    await using server = await TlsServer.start('promote-tls', await debianBinaries(folder.path));
    await using project = await dumpingProject('dumps');
    const url = server.url('sslmode=verify-full').replace('/?', '/postgres?');
    const { measurements, ...report } = await promotionTo(project, { url }, '--bootstrap', '--dry-run');
    expect(measurements.flatMap(({ findings }) => findings)).toEqual([]);
    expect(report).toMatchObject({ outcome: 'go', state: 'untouched', backup: { kind: 'dump' }, error: null });
    expect(await readdir(join(project.folder, 'dumps'))).toEqual([expect.stringMatching(/^live-.*\.dump$/)]);
  });
});

/** A project that dumps what it promotes to, rehearsed and signed for. */
async function dumpingProject(folder: string): Promise<TestProject> {
  const project = await promotingProject();
  const yaml = await project.read('drydock.yaml');
  await project.write('drydock.yaml', yaml.replace(/backup: \{.*\}/, `backup: { folder: ${folder} }`));
  await rehearseAndSign(project);
  return project;
}
