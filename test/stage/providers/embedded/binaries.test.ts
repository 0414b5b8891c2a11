import { cp, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serverAccount } from '../../../../stage/providers/account.ts';
import { installedBinaries, usableBinaries, type Binaries } from '../../../../stage/providers/embedded/binaries.ts';
import { embeddedProvider, hostOf } from '../../../../stage/providers/index.ts';
import { expectAlive } from '../contract.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';

const host = hostOf(process);
const ofRoot = test.skipIf(host.uid !== 0);
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder[Symbol.asyncDispose]());

test('uses the installed package in place when the server can run there', async () => {
  const installed = await installedBinaries(host);
  const reader = { ...(await serverAccount(host)), uid: host.uid, gid: host.gid };
  const usable = await usableBinaries(installed, { account: reader, home: join(folder.path, 'home'), host });
  expect(usable).toEqual(installed);
});

test('starts from a package whose install script has not made its library links, and leaves the package as it is', async () => {
  const installed = await packageWithoutLinks(join(folder.path, 'package'));
  const notes: string[] = [];
  await startAndAsk(installed, (line) => notes.push(line));
  expect(notes[0]).toContain('Copying');
  expect(await linksIn(installed.folder)).toEqual([]);
  expect(await linksIn(join(folder.path, 'home/binaries', installed.version))).toContain('libicui18n.so.60');

  notes.length = 0;
  await startAndAsk(installed, (line) => notes.push(line));
  expect(notes).toEqual([]);
});

ofRoot('starts from a package in a folder that the server account may not enter', async () => {
  await mkdir(join(folder.path, 'closed'), { mode: 0o700 });
  const installed = await packageIn(join(folder.path, 'closed/package'));
  await startAndAsk(installed);
  expect(await readdir(join(folder.path, 'home/binaries'))).toContain(installed.version);
});

test('names the platform it has no binaries for', async () => {
  await expect(installedBinaries({ ...host, platform: 'aix', arch: 'ppc64' })).rejects.toMatchObject({
    code: 'PROVIDER_PLATFORM_UNSUPPORTED',
    message: 'There is no embedded Postgres for aix-ppc64.',
  });
});

test('names the package that is not installed', async () => {
  const other = host.arch === 'x64' ? 'arm64' : 'x64';
  await expect(installedBinaries({ ...host, arch: other })).rejects.toMatchObject({
    code: 'PROVIDER_BINARIES_MISSING',
  });
});

async function startAndAsk(installed: Binaries, note?: (line: string) => void): Promise<void> {
  const order = { runId: 'here', admin: 'contract_admin', home: join(folder.path, 'home'), ...(note && { note }) };
  await using instance = await embeddedProvider(host, { binaries: installed }).start(order);
  await expectAlive(instance);
}

async function packageIn(path: string): Promise<Binaries> {
  const { folder: source, version } = await installedBinaries(host);
  await cp(source, path, { recursive: true, verbatimSymlinks: true });
  return { folder: path, version };
}

async function packageWithoutLinks(path: string): Promise<Binaries> {
  const binaries = await packageIn(path);
  for (const name of await linksIn(path)) await rm(join(path, 'lib', name));
  return binaries;
}

async function linksIn(path: string): Promise<string[]> {
  const names = await readdir(join(path, 'lib'));
  const kinds = await Promise.all(names.map((name) => lstat(join(path, 'lib', name))));
  return names.filter((_name, index) => kinds[index]!.isSymbolicLink());
}
